/**
 * Whether a layer's media type is that of a compressed tar archive: the file system of a container, as podman, buildah and Docker push it
 * (OCI image-spec, "Layer Media Types"), or a folder that oras pushes. Ironic does not unpack it. An archive without compression
 * can't be told from a file: oras gives its media type to each file that has no other.
 */
export function isArchive(mediaType: string | undefined): boolean {
  return mediaType !== undefined && /\.tar[+.](gzip|zstd)$/.test(mediaType);
}
