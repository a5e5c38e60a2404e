import { readFileSync } from "node:fs";
import { printable, Reference } from "../reference";
import { RegistryClient } from "../registry";
import { type Conductor, type Diagnosis, diagnose, profileFor, type Role, type Way } from "../resolver";
import { EXIT, type Io, UsageError } from "./io";
import type { ConnectionOptions, OutputOptions } from "./options";
import { paint, table } from "./print";
import { reportEach } from "./report";

interface DoctorOptions extends ConnectionOptions, OutputOptions {
  readonly role: Role;
  readonly ironicRelease?: string;
  readonly instanceSecretFile?: string;
  readonly driverSecretFile?: string;
  readonly conductorAuthFile?: string;
  readonly permitHttpFallback?: boolean;
}

const NAMES: Readonly<Record<Way, string>> = {
  instance_info: "instance_info.image_pull_secret",
  driver_info: "driver_info.image_pull_secret",
  authentication_config: "[oci]authentication_config",
  anonymous: "anonymously",
};

/** `ironic-oci doctor REF…`: whether a conductor will be able to pull it, and which of the four ways. */
export async function doctor(references: readonly string[], options: DoctorOptions, io: Io): Promise<number> {
  const { plainHttp, timeout } = options;
  const conductor = readConductor(options);
  // Neither the user's own credentials nor mirrors: a conductor has neither.
  const client = new RegistryClient({ plainHttp, ...(timeout !== undefined && { timeout: timeout * 1000 }) });
  try {
    const outcomes = await Promise.allSettled(
      references.map(async (text) => diagnose(client, Reference.parse(text), conductor, io.signal)),
    );
    reportEach(references, outcomes, options, io, (diagnosis) => printDiagnosis(diagnosis, io));
    if (outcomes.some(({ status }) => status === "rejected")) return EXIT.failed;
    const all = outcomes.every((outcome) => outcome.status === "fulfilled" && outcome.value.canPull);
    return all ? EXIT.fine : EXIT.unpullable;
  } finally {
    await client.close();
  }
}

function readConductor(options: DoctorOptions): Conductor {
  const { role, ironicRelease, conductorAuthFile: authFile, permitHttpFallback } = options;
  return {
    role,
    profile: profileFor(ironicRelease),
    permitHttpFallback,
    instanceSecret: readSecret(options.instanceSecretFile, "IRONIC_OCI_INSTANCE_SECRET"),
    driverSecret: readSecret(options.driverSecretFile, "IRONIC_OCI_DRIVER_SECRET"),
    ...(authFile !== undefined && { authenticationConfig: read(authFile) }),
  };
}

/** A secret comes from a file or the environment: what stands on a command line, every user of the machine can see. */
function readSecret(path: string | undefined, variable: string): string | undefined {
  const secret = (path === undefined ? (process.env[variable] ?? "") : read(path)).replace(/\r?\n$/, "");
  const where = path ?? variable;
  if (/^\*+$/.test(secret)) {
    throw new UsageError(`${where} holds what Ironic's API shows in a secret's place, not the secret`);
  }
  if (/[\r\n]/.test(secret)) throw new UsageError(`${where} holds more than one line, and a secret is one`);
  return secret === "" ? undefined : secret;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`${path} can't be read (${(error as NodeJS.ErrnoException).code ?? "unknown cause"})`);
  }
}

function printDiagnosis({ reference, role, profile, canPull, way, ways, notes }: Diagnosis, io: Io): void {
  io.out(`${paint(io, "bold", reference)}\n`);
  const how = way === "anonymous" ? NAMES[way] : `with ${NAMES[way]}`;
  const what = role === "image" ? "a disk image" : `a ${role}`;
  const verdict = canPull ? paint(io, "green", "can") : paint(io, "red", "can't");
  io.out(`  → the conductor ${verdict} pull this, ${how}; for ${what} as ${profile} does it\n`);
  for (const note of notes) io.err(`  ${paint(io, "yellow", "note:")} ${printable(note)}\n`);
  const rows = ways.map((report) => [
    report.way === way ? "*" : "",
    NAMES[report.way],
    report.given ? "yes" : "no",
    report.works === undefined ? "-" : report.works ? "yes" : "no",
    report.reason,
  ]);
  const lines = table(["", "WAY", "GIVEN", "WORKS", "REASON"], rows);
  const styled = lines.map((line) => (line.startsWith("*") ? line : paint(io, "dim", line)));
  io.out(`${styled.map((line) => `    ${line}`).join("\n")}\n`);
}
