/** Timeouts of a resource's operations, as durations: `90s`, `30m`, `1h30m`. Default: the provider's. */
export interface OperationTimeouts {
  /** Timeout of the creation. */
  readonly create?: string | undefined;
  /** Timeout of an update; of a deployment, that of a rebuild. */
  readonly update?: string | undefined;
  /** Timeout of the destruction. */
  readonly delete?: string | undefined;
}
