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
export { InvalidDigestError, InvalidReferenceError, IronicOciError } from "./errors";
export { printable, printableJson } from "./printable";
export { Reference } from "./reference";
