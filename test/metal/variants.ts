/** An Ironic release as Debian packages it. */
export interface Release {
  readonly suite: "sid" | "trixie";
  /** The program's `ironicRelease`. */
  readonly version: string;
}

export const IRONIC_39: Release = { suite: "sid", version: "39.0" };
export const IRONIC_29: Release = { suite: "trixie", version: "29.0" };

/** What is published, how Ironic gets it, and what is done with the machine. */
export interface Variant {
  readonly name: string;
  readonly release: Release;
  /** The file behind the tag; `zstd` is a raw image compressed, with a media type that says so. */
  readonly format: "qcow2" | "raw" | "zstd";
  readonly source: "local" | "http";
  readonly registry: "open" | "htpasswd" | "token";
  /** Which of the node's secrets holds what the registry wants. */
  readonly secret?: "instance" | "driver";
  /**
   * `rebuild`: deploy, move the tag, update, rebuild. `deploy`: only the first. `interrupt`: Ctrl-C while the agent writes, then
   * apply again. `refuse`: what is published becomes a bootc container by digest, and nothing may be deployed.
   */
  readonly course: "rebuild" | "deploy" | "interrupt" | "refuse";
}

/** The first one is what `npm run test:metal` runs without an argument. */
export const VARIANTS: readonly Variant[] = [
  { name: "rebuild", release: IRONIC_39, format: "qcow2", source: "local", registry: "open", course: "rebuild" },
  { name: "class-change", release: IRONIC_39, format: "qcow2", source: "local", registry: "open", course: "refuse" },
  { name: "interrupt", release: IRONIC_39, format: "raw", source: "local", registry: "open", course: "interrupt" },
  {
    ...{ name: "zstd-driver-secret", release: IRONIC_39, format: "zstd", source: "local" },
    ...{ registry: "htpasswd", secret: "driver", course: "deploy" },
  },
  {
    ...{ name: "http-instance-secret", release: IRONIC_39, format: "raw", source: "http" },
    ...{ registry: "htpasswd", secret: "instance", course: "deploy" },
  },
  {
    ...{ name: "http-token-instance-secret", release: IRONIC_39, format: "qcow2", source: "http" },
    ...{ registry: "token", secret: "instance", course: "deploy" },
  },
  {
    ...{ name: "token-driver-secret", release: IRONIC_39, format: "raw", source: "local" },
    ...{ registry: "token", secret: "driver", course: "deploy" },
  },
  { name: "ironic-29", release: IRONIC_29, format: "qcow2", source: "local", registry: "open", course: "rebuild" },
  {
    ...{ name: "ironic-29-http-instance-secret", release: IRONIC_29, format: "raw", source: "http" },
    ...{ registry: "token", secret: "instance", course: "deploy" },
  },
  {
    ...{ name: "ironic-29-driver-secret", release: IRONIC_29, format: "qcow2", source: "local" },
    ...{ registry: "token", secret: "driver", course: "deploy" },
  },
];

/**
 * The variants behind the command line's words: names, or `all`; the first variant when there are none.
 * @throws {RangeError} for a name that no variant has
 */
export function selectVariants(words: readonly string[]): readonly Variant[] {
  if (words.includes("all")) return VARIANTS;
  const unknown = words.filter((word) => !VARIANTS.some(({ name }) => name === word));
  if (unknown.length > 0) {
    throw new RangeError(
      `no variant ${unknown.join(", ")}; there are all, ${VARIANTS.map(({ name }) => name).join(", ")}`,
    );
  }
  return words.length === 0 ? VARIANTS.slice(0, 1) : VARIANTS.filter(({ name }) => words.includes(name));
}
