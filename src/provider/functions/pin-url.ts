import { parseDigest, Reference } from "../../reference";
import { isUnknown, ProviderError, parameter, providerFunction, t, Unknown } from "../../tfplugin";
import { isImageDigest, isReference } from "../shared/validators";

/** `provider::ironic::pin_url`. Takes unknown arguments, so that a plan checks the one that is known. */
export const pinUrl = providerFunction({
  summary: "The pinned URL of an image",
  description:
    "The pinned URL of an image, as `image_source` of a deployment: the repository of a reference with a digest, without the tag. The registry is not contacted, so nothing checks that it has this digest, or that Ironic can deploy it; the data source `ironic_oci_image` does.",
  parameters: [
    parameter("reference", t.string, {
      description:
        "OCI reference: `oci://host/path` or `oci://host/path:tag`. A digest in it has to be the same as `digest`.",
      allowUnknown: true,
      validate: isReference,
    }),
    parameter("digest", t.string, {
      description:
        "Digest of the manifest: `sha256:` and 64, or `sha512:` and 128 hexadecimal characters, in lower case.",
      allowUnknown: true,
      validate: isImageDigest,
    }),
  ],
  returns: t.string,
  call(text, digest) {
    if (isUnknown(text)) return new Unknown({ isNull: false, prefix: "oci://" });
    const reference = Reference.parse(text);
    if (isUnknown(digest)) return new Unknown({ isNull: false, prefix: `oci://${reference.name}@` });
    if (reference.digest !== undefined && reference.digest !== digest) {
      throw new ProviderError("is not the digest that the reference has already; leave that one out, or use it", {
        path: ["digest"],
      });
    }
    return reference.withDigest(parseDigest(digest)).toString();
  },
});
