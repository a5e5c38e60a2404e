import type { Reference } from "../../reference";
import { type ArtifactClass, readManifest } from "../../selection";
import { type AgentPull, agentPull } from "./agent";
import type { Conductor, Target } from "./conductor";
import { ConductorConnection, type ConnectionOptions } from "./connection";
import { type SourceReports, trySources, type Way, type WayReport } from "./credential-sources";
import { type Check, deployedBy, type Findings, forecast, type Outcome } from "./forecast";
import { sourceOf } from "./identify";

export interface Diagnosis {
  readonly reference: string;
  readonly role: Target["role"];
  /** The first version of the release, such as `39.0`. */
  readonly ironicRelease: string;
  readonly deployInterface: Target["deployInterface"] | undefined;
  /** The effective deploy interface, which `autodetect` switches to. Undefined for a kernel or ramdisk, and where it is unknown. */
  readonly deployedBy: string | undefined;
  readonly bootInterface: string | undefined;
  /** Undefined where it has no effect: for a container, which the agent pulls, and for a kernel or ramdisk. */
  readonly imageDownloadSource: string | undefined;
  /** Whether the conductor can read it. */
  readonly canPull: boolean;
  /** The credential source that Ironic uses: it uses one, and tries no other when that fails. */
  readonly way: Way;
  /** All credential sources of the release, in Ironic's order. */
  readonly ways: readonly WayReport[];
  /** Whether the deployment passes all checks; undefined when a result is unknown. */
  readonly willDeploy: boolean | undefined;
  readonly checks: readonly Check[];
  /** Remarks that do not change the result. */
  readonly notes: readonly string[];
}

/** Seconds: a token with a shorter lifetime may expire before the conductor's last request. */
const SHORT_TOKEN = 60;

/**
 * Predicts whether a conductor can pull an artifact, with which credentials, and whether the deployment succeeds: each configured
 * credential source is tried as Ironic would, from this machine. It reads manifests, not blobs.
 * @throws {RegistryError} when the registry can't be reached, fails or throttles, which permits no diagnosis
 */
export async function diagnose(
  reference: Reference,
  conductor: Conductor,
  target: Target,
  options: ConnectionOptions = {},
  signal?: AbortSignal,
): Promise<Diagnosis> {
  const findings = await findOut(reference, conductor, target, options, signal);
  const { reports, taken } = findings.ways;
  const checks = forecast(reference, conductor, target, findings);
  const isImage = target.role === "image";
  const by = deployedBy(reference, conductor, target, findings);
  return {
    reference: reference.toString(),
    role: target.role,
    ironicRelease: conductor.release.version,
    deployInterface: isImage ? target.deployInterface : undefined,
    deployedBy: by,
    bootInterface: isImage ? undefined : target.bootInterface,
    imageDownloadSource: isImage && by !== "bootc" ? sourceOf(conductor, target) : undefined,
    canPull: reports.find(({ way }) => way === taken)?.works === true,
    way: taken,
    ways: reports,
    willDeploy: verdict(checks.map(({ outcome }) => outcome)),
    checks,
    notes: notesOn(conductor, findings.ways),
  };
}

async function findOut(
  reference: Reference,
  conductor: Conductor,
  target: Target,
  options: ConnectionOptions,
  signal: AbortSignal | undefined,
): Promise<Findings> {
  const ways = await readWithSources(reference, conductor, target, options, signal);
  if (target.role !== "image" || target.deployInterface === "direct") return { ways };
  const agent = await agentPull(reference, conductor, options, signal);
  return { ways, agent, agentKind: containerKind(agent) };
}

async function readWithSources(
  reference: Reference,
  conductor: Conductor,
  target: Target,
  options: ConnectionOptions,
  signal: AbortSignal | undefined,
): Promise<SourceReports> {
  if (conductor.settings.verifyCa === "refused") {
    const reason = `Ironic ${conductor.release.version} takes no path in webserver_verify_ca for OCI registries, and fails for every one`;
    const attempt = { works: false, reason };
    const report = { way: "anonymous", given: true, ...attempt } as const;
    return { reports: [report], taken: "anonymous", attempt, withoutSecret: attempt };
  }
  const connection = new ConductorConnection(conductor, options);
  try {
    return await trySources(connection, reference, conductor, target, signal);
  } finally {
    await connection.close();
  }
}

/** Class of the manifest that the agent pulls, in all releases. Undefined for a manifest list, which has no artifact marks. */
function containerKind({ content }: AgentPull): ArtifactClass | undefined {
  const manifest = content && readManifest(content);
  if (manifest === undefined || manifest.lists !== undefined) return undefined;
  return manifest.marked ? "disk" : "bootc";
}

function verdict(outcomes: readonly Outcome[]): boolean | undefined {
  if (outcomes.includes("fails")) return false;
  return outcomes.includes("unknown") ? undefined : true;
}

function notesOn({ settings }: Conductor, { attempt }: SourceReports): string[] {
  const lifetime = attempt?.tokenLifetime;
  const short =
    lifetime === undefined || lifetime > SHORT_TOKEN
      ? []
      : [
          `the registry's token is valid for ${lifetime} s: if it expires between two requests of the conductor, the deployment fails, because token renewal is broken in Ironic (29.0 to 39.0)`,
        ];
  return [...settings.remarks, ...short];
}
