import { masked, printReport, type Report } from "./support/report";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const nothing = { ironic: "39.0", phases: [], machines: [], passed: [], failures: [] };
const report: Report = {
  started: "2026-01-01T00:00:00.000Z",
  phases: [{ name: "Debian root sid", seconds: 95.4 }],
  variants: [
    {
      name: "rebuild",
      ironic: "39.0",
      phases: [{ name: "terraform apply", seconds: 91.7 }],
      machines: [{ what: "deployed", node: "uuid", asked: digest("a"), recorded: digest("b"), marker: "0123abcd" }],
      checks: 2,
      passed: ["terraform apply"],
      failures: ["a further plan is empty"],
    },
    { ...nothing, name: "interrupt", checks: 1, passed: ["terraform init"] },
    // Its services did not start: no check was reached.
    { ...nothing, name: "ironic-29", checks: 3 },
  ],
};

describe("printReport", () => {
  test("phases, digests, markers and verdicts", () => {
    expect(printReport(report)).toBe(`
Preparation
     95 s  Debian root sid

rebuild (Ironic 39.0): FAILED, 1 of 2 checks
     92 s  terraform apply
  deployed
    digest asked for   ${digest("a")}
    Ironic recorded    ${digest("b")}
    console's marker   0123abcd
  failed: a further plan is empty

interrupt (Ironic 39.0): passed, 1 of 1 checks

ironic-29 (Ironic 39.0): FAILED, 0 of 3 checks
`);
  });
});

describe("masked", () => {
  test.each([
    ["plain", "password is hunter2, twice hunter2", "password is ******, twice ******"],
    ["as user:password in base64", `Basic ${btoa("rack:hunter2")}`, "Basic ******"],
    ["in base64", `auth ${btoa("hunter2")}`, "auth ******"],
    [
      "the agent's token",
      "GET /v1/commands/?agent_token=QkNF-L_x HTTP/1.1",
      "GET /v1/commands/?agent_token=****** HTTP/1.1",
    ],
    ["no secret", "GET /v1/nodes", "GET /v1/nodes"],
  ])("%s", (_, text, expected) => {
    expect(masked(text, ["hunter2", "rack:hunter2"])).toBe(expected);
  });
});
