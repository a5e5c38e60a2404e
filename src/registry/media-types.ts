/** OCI image-spec, "Media Types". Docker's own types are never asked for, because Ironic never asks for them. */
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
