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
  /** What publishes the image; `ironic-oci` puts a qcow2 and a raw disk under one tag. Default `oras`. */
  readonly publisher?: "ironic-oci";
  /**
   * `rebuild`: deploy, move the tag, update, rebuild. `deploy`: only the first. `interrupt`: Ctrl-C while the agent writes, then
   * apply again. `steps`: clean with explicit steps, deploy and service in one apply, then rebuild with a deploy step. `kill`:
   * Terraform and its provider are killed while the node is enrolled, and while the agent writes. `refuse`: what is published
   * becomes a bootc container by digest, and nothing may be deployed. `fail`: the agent can't write the image.
   */
  readonly course: "rebuild" | "deploy" | "interrupt" | "kill" | "refuse" | "fail" | "steps";
}

const SMALLEST = {
  release: IRONIC_39,
  format: "qcow2",
  source: "local",
  registry: "open",
  course: "deploy",
} as const satisfies Partial<Variant>;

/** The first one is what `npm run test:metal` runs without an argument. One release behind the other: services are shared. */
export const VARIANTS: readonly Variant[] = [
  { ...SMALLEST, name: "rebuild", course: "rebuild" },
  { ...SMALLEST, name: "class-change", course: "refuse" },
  { ...SMALLEST, name: "steps", course: "steps" },
  { ...SMALLEST, name: "published", publisher: "ironic-oci", registry: "token", secret: "driver" },
  { ...SMALLEST, name: "interrupt", format: "raw", course: "interrupt" },
  { ...SMALLEST, name: "kill", format: "raw", course: "kill" },
  { ...SMALLEST, name: "zstd-driver-secret", format: "zstd", registry: "htpasswd", secret: "driver" },
  { ...SMALLEST, name: "token-driver-secret", format: "raw", registry: "token", secret: "driver" },
  { ...SMALLEST, name: "http-instance-secret", source: "http", registry: "htpasswd", secret: "instance" },
  { ...SMALLEST, name: "http-token-instance-secret", source: "http", registry: "token", secret: "instance" },
  { ...SMALLEST, name: "http-raw", source: "http", format: "raw", course: "fail" },
  { ...SMALLEST, name: "ironic-29", release: IRONIC_29, course: "rebuild" },
  { ...SMALLEST, name: "ironic-29-steps", release: IRONIC_29, course: "steps" },
  // Ironic 29 shows a pull secret to token services only.
  { ...SMALLEST, name: "ironic-29-driver-secret", release: IRONIC_29, registry: "token", secret: "driver" },
  {
    ...{ ...SMALLEST, name: "ironic-29-http-instance-secret", release: IRONIC_29, source: "http" },
    ...{ registry: "token", secret: "instance" },
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
