import recorded from "../fixtures/openstacksdk/clouds.json";
import { CASES, type Outcome, read } from "./clouds-cases";

// Compares with openstacksdk's recorded results; test/e2e/ironic/clouds.e2e.ts compares the recording with the real one.
const outcomes: Readonly<Record<string, Outcome>> = recorded;

test("every case was recorded, under a unique name", () => {
  expect(Object.keys(outcomes).sort()).toEqual(CASES.map(({ name }) => name).sort());
});

test.each(CASES.filter(({ differs }) => differs === undefined).map((each) => [each.name, each] as const))(
  "as openstacksdk reads it: %s",
  (name, each) => {
    const [ours, theirs] = [read(each), outcomes[name]];
    // An error is one on both sides; the words are each one's own.
    if (theirs !== undefined && "error" in theirs) expect(ours).toEqual({ error: expect.stringMatching(/./) });
    else expect(ours).toEqual(theirs);
  },
);

test.each(CASES.flatMap((each) => (each.differs ? [[each.name, each.differs, each] as const] : [])))(
  "otherwise than openstacksdk, on purpose: %s",
  (name, { settings, error }, each) => {
    const theirs = outcomes[name];
    if (theirs === undefined || !("settings" in theirs)) throw new Error("openstacksdk can't read it at all");
    const ours = read(each);
    if (error !== undefined) expect(ours).toEqual({ error: expect.stringContaining(error) });
    else expect(ours).toEqual({ settings: { ...theirs.settings, ...settings } });
    expect(ours).not.toEqual(theirs);
  },
);
