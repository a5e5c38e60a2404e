/** Environment variables in the form of `process.env`; an argument, so that tests and callers can replace them. */
export type Environment = Readonly<Record<string, string | undefined>>;
