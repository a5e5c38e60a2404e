/** An object of the API. */
export type Thing = Record<string, unknown>;

/** An error response with Ironic's `faultstring`. */
export class Fault extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
