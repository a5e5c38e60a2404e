import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { faultsOf } from "../../../src/provider/node/clean-settings";
import { RAID_CONFIGS } from "../../provider/node/raid-cases";
import { inRootOrFail, SharedFolder } from "../support/root";

test.each([
  ["29", "trixie"],
  ["39", "sid"],
] as const)("a plan refuses the RAID configurations that Ironic %s refuses, and no others", async (_release, suite) => {
  const folder = new SharedFolder("raid", suite);
  try {
    copyFileSync(join(__dirname, "..", "support", "raid.py"), join(folder.outside, "raid.py"));
    const stdin = JSON.stringify(RAID_CONFIGS);
    const accepted = JSON.parse(
      await inRootOrFail("python3", [`${folder.inside}/raid.py`], { suite, stdin }),
    ) as boolean[];
    const differences = RAID_CONFIGS.filter(
      (config, index) => (faultsOf("raid_config", config).length === 0) !== accepted[index],
    );
    expect(differences).toEqual([]);
    expect(new Set(accepted).size).toBe(2);
  } finally {
    folder.remove();
  }
});
