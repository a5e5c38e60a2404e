/** A release can't be made for a reason outside of the program; the message is a sentence for the person who makes it. */
export class ReleaseError extends Error {
  override readonly name = "ReleaseError";
}
