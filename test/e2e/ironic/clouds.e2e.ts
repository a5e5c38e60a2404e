import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import recorded from "../../fixtures/openstacksdk/clouds.json";
import { CASES, variables, write } from "../../ironic/clouds-cases";
import { inRootOrFail, SharedFolder } from "../support/root";

// test/ironic/clouds-sdk.test.ts holds this package against the same recording.
test("what was recorded is what the real openstacksdk makes of the cases", async () => {
  const folder = new SharedFolder("clouds");
  try {
    const { inside, outside } = folder;
    const cases = CASES.map((each, index) => {
      const home = join(inside, String(index));
      mkdirSync(join(outside, String(index)));
      write(each, join(outside, String(index)));
      return { home, env: variables(each, home), cloud: each.cloud ?? null, region: each.region ?? "" };
    });
    copyFileSync(join(__dirname, "..", "support", "clouds.py"), join(outside, "clouds.py"));
    const stdin = JSON.stringify(cases);
    const outcomes = JSON.parse(await inRootOrFail("python3", [`${inside}/clouds.py`], { stdin })) as object[];
    const named = Object.fromEntries(CASES.map(({ name }, index) => [name, withoutFolder(outcomes[index], folder)]));
    expect(named).toEqual(recorded);
  } finally {
    folder.remove();
  }
});

/** Errors name files, and the folder is another one each time. */
function withoutFolder(outcome: unknown, { inside }: SharedFolder): unknown {
  return JSON.parse(JSON.stringify(outcome).replaceAll(new RegExp(`${inside}/\\d+`, "g"), "HOME"));
}
