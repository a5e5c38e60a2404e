import type { Case } from "./case";
import type { Check } from "./check";

/** The first release that has `autodetect`, and that enables it and `bootc` by default. */
const FIRST_WITH_AUTODETECT = 35;

/** Whether the deploy interface is there and enabled; nothing where it is. */
export function interfaceCheck({ conductor, version }: Case, name: string): Check[] {
  const { release, settings } = conductor;
  const isOld = release.major < FIRST_WITH_AUTODETECT;
  if (name === "autodetect" && isOld) {
    const reason = `Ironic ${version} has no deploy interface autodetect: it came with ${FIRST_WITH_AUTODETECT}.0`;
    return [{ check: "interface", outcome: "fails", reason, advice: "use direct or bootc" }];
  }
  const { enabledDeployInterfaces: enabled } = settings;
  const advice = `add ${name} to [DEFAULT]enabled_deploy_interfaces`;
  if (enabled !== undefined && !enabled.includes(name)) {
    const reason = `the conductor does not enable the deploy interface ${name}`;
    return [{ check: "interface", outcome: "fails", reason, advice }];
  }
  if (enabled === undefined && name === "bootc" && isOld) {
    const reason = `Ironic ${version} does not enable the deploy interface bootc by default`;
    return [{ check: "interface", outcome: "warning", reason, advice }];
  }
  return [];
}
