import type { IResolvable, IResolveContext } from "cdktf";

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

  toString(): string {
    return "a value that is known at synth time";
  }
}
