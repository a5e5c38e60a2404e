/** Environment variables, as `process.env` has them. Passed as a value, so that a test or a caller can give its own. */
export type Environment = Readonly<Record<string, string | undefined>>;
