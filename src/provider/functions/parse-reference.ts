import { Reference } from "../../reference";
import { parameter, providerFunction, t } from "../../tfplugin";
import { isReference } from "../shared/validators";

/** `provider::ironic::parse_reference`. */
export const parseReference = providerFunction({
  summary: "The parts of an OCI reference",
  description:
    "The parts of an OCI reference, read as Ironic reads it. The registry is not contacted. `registry` is the host in lower case, with the port if there is one; `tag` and `digest` are null where the reference has none; `url` is the reference in canonical form.",
  parameters: [
    parameter("reference", t.string, {
      description: "OCI reference: `oci://host/path`, `oci://host/path:tag` or `oci://host/path@digest`.",
      validate: isReference,
    }),
  ],
  returns: t.object({
    registry: t.string,
    repository: t.string,
    tag: t.string,
    digest: t.string,
    url: t.string,
  }),
  call(text) {
    const reference = Reference.parse(text);
    const { registry, repository, tag = null, digest = null } = reference;
    return { registry, repository, tag, digest, url: reference.toString() };
  },
});
