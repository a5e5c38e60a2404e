/**
 * The media type of an OCI image index (OCI image-spec, "Media Types"). Docker's types are not requested, because Ironic does not
 * request them.
 */
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
/** The media type of an OCI image manifest. */
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
