import { App } from "cdktf";

/** Set by each of the two runs of this suite, in jest.config.cjs. */
declare const CDKTF_VERSION: string;

test("this run has the library that it says it has", () => {
  expect(new App({ outdir: require("node:os").tmpdir() }).node.tryGetContext("cdktfVersion")).toBe(CDKTF_VERSION);
});
