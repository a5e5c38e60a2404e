/** OCI image-spec, "Media Types". Docker's types are not requested, because Ironic does not request them. */
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
