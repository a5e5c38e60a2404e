import { writeFileSync } from "node:fs";
import type { Phase } from "../settings";

/** What became of one deployment or rebuild. */
export interface MachineReport {
  /** `deployed`, `rebuilt`, … */
  readonly what: string;
  /** The node's UUID. */
  readonly node: string;
  /** The digest in the lock file. */
  readonly asked: string;
  /** The digest in `instance_info.oci_image_manifest_url`, which Ironic writes when it deploys. */
  readonly recorded: string;
  /** What the machine printed on its serial console. */
  readonly marker: string;
}

export interface VariantReport {
  readonly name: string;
  readonly ironic: string;
  readonly phases: Phase[];
  readonly machines: MachineReport[];
  /** How many checks there are; one that was not reached has neither passed nor failed. */
  checks: number;
  readonly passed: string[];
  readonly failures: string[];
}

export interface Report {
  readonly started: string;
  readonly phases: Phase[];
  readonly variants: VariantReport[];
}

/** The report as a person reads it. */
export function printReport({ phases, variants }: Report): string {
  const seconds = (value: number) => `${value.toFixed(0).padStart(5)} s`;
  return [
    "",
    "Preparation",
    ...phases.map(({ name, seconds: value }) => `  ${seconds(value)}  ${name}`),
    ...variants.flatMap((variant) => [
      "",
      `${variant.name} (Ironic ${variant.ironic}): ${verdict(variant)}, ${variant.passed.length} of ${variant.checks} checks`,
      ...variant.phases.map(({ name, seconds: value }) => `  ${seconds(value)}  ${name}`),
      ...variant.machines.flatMap(({ what, asked, recorded, marker }) => [
        `  ${what}`,
        `    digest asked for   ${asked}`,
        `    Ironic recorded    ${recorded}`,
        `    console's marker   ${marker}`,
      ]),
      ...variant.failures.map((failure) => `  failed: ${failure}`),
    ]),
    "",
  ].join("\n");
}

function verdict({ checks, passed }: VariantReport): "passed" | "FAILED" {
  return checks > 0 && passed.length === checks ? "passed" : "FAILED";
}

export function writeReport(report: Report, path: string): void {
  const verdicts = report.variants.map((variant) => ({ ...variant, verdict: verdict(variant) }));
  writeFileSync(path, `${JSON.stringify({ ...report, variants: verdicts }, null, 2)}\n`);
}

/** The text with every secret masked: plain, in base64 with and without padding, and the agent's token, which Ironic makes. */
export function masked(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => {
    const base64 = Buffer.from(secret).toString("base64");
    return [secret, base64, base64.replace(/=+$/, "")];
  });
  return forms
    .sort((one, other) => other.length - one.length)
    .reduce((result, form) => result.replaceAll(form, "******"), text)
    .replace(/(agent_token=)[\w-]+/g, "$1******");
}
