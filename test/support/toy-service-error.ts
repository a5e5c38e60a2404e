import type { Path } from "../../src/tfplugin";

/** Thrown by the service; `explain` makes it readable. */
export class ToyServiceError extends Error {
  constructor(
    message: string,
    readonly path: Path = [],
  ) {
    super(message);
  }
}
