import { type IResolvable, type IResolveContext, Token } from "cdktf";

/**
 * A value that is produced at synth time.
 *
 * Not CDKTF's Lazy: that records a stack trace for each value, which is slow for ten thousand nodes.
 */
export class SynthValue<T> implements IResolvable {
  readonly creationStack: string[] = [];
  readonly #produce: (context: IResolveContext) => T;

  constructor(produce: (context: IResolveContext) => T) {
    this.#produce = produce;
  }

  resolve(context: IResolveContext): T {
    return this.#produce(context);
  }

  /** A string token: CDKTF converts tokens in the middle of a text to strings when the text is an argument of a function. */
  toString(): string {
    return Token.asString(this);
  }
}
