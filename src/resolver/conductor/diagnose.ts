import type { Reference } from "../../reference";
import type { RegistryClient } from "../../registry";
import type { Role, SelectionProfile } from "../../selection";
import { type ConductorCredential, fromAuthenticationConfig, fromPullSecret } from "./secret";
import { type Attempt, ConductorVisit, type Door } from "./visit";

/** The four ways to an artifact, in the order in which Ironic takes them. */
const WAYS = ["instance_info", "driver_info", "authentication_config", "anonymous"] as const;
export type Way = (typeof WAYS)[number];

/** What a conductor has to pull with, and how it is set up. */
export interface Conductor {
  readonly profile: SelectionProfile;
  /** What the artifact is for: only a disk image may be pulled with the user's own secret. */
  readonly role: Role;
  /** `instance_info.image_pull_secret`. */
  readonly instanceSecret?: string | undefined;
  /** `driver_info.image_pull_secret`. */
  readonly driverSecret?: string | undefined;
  /** The content of the file that `[oci]authentication_config` names; unset when that is not set. */
  readonly authenticationConfig?: string | undefined;
  /** `[oci]permit_fallback_to_http_transport`. */
  readonly permitHttpFallback?: boolean | undefined;
}

export interface WayReport {
  readonly way: Way;
  /** Whether there is anything for this way to work with. */
  readonly given: boolean;
  /** Whether the artifact can be read this way; undefined when there was nothing to try. */
  readonly works: boolean | undefined;
  /** Why, or why not; never any part of a secret. */
  readonly reason: string;
}

export interface Diagnosis {
  readonly reference: string;
  readonly role: Role;
  readonly profile: SelectionProfile;
  readonly canPull: boolean;
  /** The way that Ironic takes. It takes one and stays with it: when that fails, no other is tried. */
  readonly way: Way;
  /** All four, in Ironic's order. */
  readonly ways: readonly WayReport[];
  /** What else there is to know. */
  readonly notes: readonly string[];
}

const NOT_GIVEN = { given: false, works: undefined, reason: "not given" };

/**
 * Whether a conductor will be able to pull an artifact, and which way: each one that there is something for is tried as
 * Ironic would, from this machine. The manifest is read, the artifact itself is not.
 * @throws {RegistryError} when the registry can't be reached, fails or throttles: then nothing is known
 */
export async function diagnose(
  client: RegistryClient,
  reference: Reference,
  conductor: Conductor,
  signal?: AbortSignal,
): Promise<Diagnosis> {
  const { role, profile } = conductor;
  const ways = await reports(client, reference, conductor, signal);
  const way = wayTaken(ways);
  const canPull = ways.find((report) => report.way === way)?.works === true;
  return { reference: reference.toString(), role, profile, canPull, way, ways, notes: notesOn(reference, conductor) };
}

/** The first that has something to work with; Ironic asks for nothing more than that. */
function wayTaken(ways: readonly WayReport[]): Way {
  return ways.find(({ given, works }) => given && works !== undefined)?.way ?? "anonymous";
}

async function reports(
  client: RegistryClient,
  reference: Reference,
  conductor: Conductor,
  signal: AbortSignal | undefined,
): Promise<WayReport[]> {
  const { role, profile, instanceSecret, driverSecret, authenticationConfig: config } = conductor;
  const scheme = client.urlOf(reference, "").protocol;
  if (scheme === "http:" && (profile === "ironic-29" || !conductor.permitHttpFallback)) {
    const needs = "[oci]permit_fallback_to_http_transport, which there is from release 34 on";
    const reason = `the registry speaks plain HTTP, and Ironic does so only with ${needs}`;
    const given = {
      instance_info: role === "image" && instanceSecret !== undefined,
      driver_info: driverSecret !== undefined,
      authentication_config: config !== undefined,
      anonymous: true,
    };
    return WAYS.map((way) => ({ way, given: given[way], works: false, reason }));
  }
  const visit = new ConductorVisit(client, reference, role, signal);
  // Asked once; a conductor without any secret never asks.
  const needed = instanceSecret !== undefined || driverSecret !== undefined || config !== undefined;
  const door = needed ? await visit.door() : undefined;
  const withSecret = async (way: Way, secret: string | undefined): Promise<WayReport> => {
    if (!door || secret === undefined) return { way, ...NOT_GIVEN };
    return { way, given: true, ...(await visit.enter(door, fromPullSecret(secret, profile))) };
  };
  return [
    role === "image"
      ? await withSecret("instance_info", instanceSecret)
      : { way: "instance_info", ...NOT_GIVEN, reason: `never used for a ${role}` },
    await withSecret("driver_info", driverSecret),
    await withConfig(visit, door, config, reference),
    { way: "anonymous", given: true, ...(await anonymously(visit, door, config !== undefined)) },
  ];
}

async function withConfig(
  visit: ConductorVisit,
  door: Door | undefined,
  config: string | undefined,
  reference: Reference,
): Promise<WayReport> {
  const way = "authentication_config";
  if (!door || config === undefined) return { way, ...NOT_GIVEN };
  const unused = (reason: string): WayReport => ({ way, given: true, works: undefined, reason });
  if (door.kind === "open") return unused("not looked into: the registry asks for nothing");
  if (door.kind !== "bearer") return unused("not looked into: it only serves for token endpoints");
  const credential: ConductorCredential | undefined = fromAuthenticationConfig(config, door.realm.host);
  if (credential) return { way, given: true, ...(await visit.enter(door, credential)) };
  const misplaced = fromAuthenticationConfig(config, reference.registry) !== undefined;
  const but = misplaced ? `; the one for ${reference.registry} does not count` : "";
  return unused(`it has no \`auth\` for ${door.realm.host}, the host of the token endpoint${but}`);
}

/** Ironic fetches a token for nobody only when `[oci]authentication_config` is set, whatever is in that file. */
async function anonymously(visit: ConductorVisit, door: Door | undefined, hasConfig: boolean): Promise<Attempt> {
  if (door && hasConfig) return visit.enter(door, undefined);
  const attempt = await visit.read(undefined);
  if (attempt.works) return attempt;
  const limit = "without [oci]authentication_config Ironic fetches no anonymous token";
  return { works: false, reason: `${attempt.reason}; ${limit}` };
}

function notesOn(reference: Reference, { role }: Conductor): string[] {
  if (role === "image" || reference.digest !== undefined) return [];
  return [`Ironic takes a ${role} by digest only: what was tried is the tag, to be pinned with ironic-oci resolve`];
}
