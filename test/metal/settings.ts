/** What the launcher (scripts/metal/main.ts) hands to the tests, as JSON in the environment variable METAL_SETTINGS. */
export interface Settings {
  /** This run's own folder, which is removed after it. */
  readonly folder: string;
  /** What scripts/metal/artifacts.sh made. */
  readonly artifacts: string;
  /** Debian roots by suite. */
  readonly roots: Readonly<Record<string, string>>;
  /** Names of the variants to run. */
  readonly variants: readonly string[];
  /** Where the report goes, and the logs of a variant that fails. */
  readonly results: string;
  /** What the launcher did before, with seconds. */
  readonly phases: readonly Phase[];
}

export interface Phase {
  readonly name: string;
  readonly seconds: number;
}

/** @throws {Error} outside a run of the launcher */
export function readSettings(): Settings {
  const text = process.env.METAL_SETTINGS;
  if (text === undefined)
    throw new Error("the metal tests need namespaces of their own: start them with npm run test:metal");
  return JSON.parse(text) as Settings;
}
