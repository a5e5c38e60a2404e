/**
 * OCI references and digests: `oci://host[:port]/path[:tag][@digest]`, the form in which Ironic writes them. Parsing, printing and
 * hashing; no I/O. Entry points: `Reference.parse` and `parseDigest`. Errors point at the wrong character and hide text that may be
 * a password.
 *
 * Imports src/net only, for `IronicOciError`, the functions for texts and `homeFolder`, which it passes on to the modules above.
 */
export {
  CONTENT_FOR_PATH,
  homeFolder,
  IronicOciError,
  isFileContent,
  printable,
  printableJson,
  unknownName,
} from "../net";
export {
  algorithmOf,
  type Digest,
  type DigestAlgorithm,
  digestOf,
  hasherFor,
  hexOf,
  isDigest,
  parseDigest,
} from "./digest";
export { InvalidDigestError, InvalidReferenceError } from "./errors";
export { registryFault } from "./host";
export { OPTIONS } from "./option-names";
export { Reference } from "./reference";
