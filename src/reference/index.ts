export { IronicOciError, printable, printableJson } from "../net";
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
export { OPTIONS } from "./option-names";
export { Reference } from "./reference";
