import { spawnSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { IronicAnswer, RecordedCase } from "../../support/recorded";
import { runToEnd } from "../../support/run";

const PROVISION = join(__dirname, "..", "..", "..", "scripts", "e2e", "provision.sh");
/** The Debian suite that has each release. */
const SUITES = { "29.0.5": "trixie", "39.0.0": "sid" } as const;

export type Answered = IronicAnswer & { readonly pinned?: IronicAnswer };
/** A registry and a question, without the answers. */
export type Question = Omit<RecordedCase, "ironic">;
/** A question about a repository of a real registry, which lets in who trusts its authority (PEM). */
export interface RealQuestion extends Pick<Question, "repository" | "query"> {
  readonly registry: { readonly host: string; readonly ca: string };
}

/** What the image service of a real Ironic release answers for each question about a made-up or a real registry. */
export async function askIronic(
  release: keyof typeof SUITES,
  questions: readonly (Question | RealQuestion)[],
): Promise<Answered[]> {
  return (await runInIronic(release, "image_service.py", questions)) as Answered[];
}

/** How a real Ironic release downloads a file, by the function that does it and the reference: the file's text, or the error's class. */
export type Downloads = Readonly<Record<string, Readonly<Record<"digest" | "tag", string>>>>;

/** What the functions of a real Ironic release that download files make of an artifact with one file. */
export async function downloadFrom(
  release: keyof typeof SUITES,
  artifact: { readonly manifest: string; readonly digest: string; readonly blob: string },
): Promise<Downloads> {
  return (await runInIronic(release, "boot_files.py", artifact)) as Downloads;
}

/** Runs a script of this folder with a release's Python packages; JSON goes in and comes out. */
async function runInIronic(release: keyof typeof SUITES, name: string, input: unknown): Promise<unknown> {
  const made = spawnSync(PROVISION, [SUITES[release]], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (made.status !== 0) throw new Error("no Debian root: see what scripts/e2e/provision.sh said above");
  const root = made.stdout.trim();
  const script = join("/tmp", `${process.pid}-${name}`);
  copyFileSync(join(__dirname, name), join(root, script));
  try {
    const command = ["chroot", root, "env", "-i", "PATH=/usr/bin:/bin", "python3", script];
    const { code, stdout, stderr } = await runToEnd(command, {}, JSON.stringify(input));
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${stderr.slice(-4_000)}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(join(root, script));
  }
}
