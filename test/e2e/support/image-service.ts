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

/** What the image service of a real Ironic release answers for each question about a made-up registry. */
export async function askIronic(release: keyof typeof SUITES, questions: readonly Question[]): Promise<Answered[]> {
  const made = spawnSync(PROVISION, [SUITES[release]], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (made.status !== 0) throw new Error("no Debian root: see what scripts/e2e/provision.sh said above");
  const root = made.stdout.trim();
  const script = join("/tmp", `image-service-${process.pid}.py`);
  copyFileSync(join(__dirname, "image_service.py"), join(root, script));
  try {
    const command = ["chroot", root, "env", "-i", "PATH=/usr/bin:/bin", "python3", script];
    const { code, stdout, stderr } = await runToEnd(command, {}, JSON.stringify(questions));
    if (code !== 0) throw new Error(`Ironic's image service ended with ${code}:\n${stderr.slice(-4_000)}`);
    return JSON.parse(stdout) as Answered[];
  } finally {
    rmSync(join(root, script));
  }
}
