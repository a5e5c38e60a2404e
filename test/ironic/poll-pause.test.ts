import { pollPause } from "../../src/ironic/poll-pause";

/** Slices that were slept, in milliseconds; called before each. */
const mockSteps: number[] = [];
let mockBefore: (() => void) | undefined;
jest.unmock("../../src/ironic/poll-pause");
jest.mock("../../src/net/abort", () => ({
  ...jest.requireActual("../../src/net/abort"),
  sleep: async (milliseconds: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    mockBefore?.();
    mockSteps.push(milliseconds);
  },
}));
beforeEach(() => {
  mockSteps.length = 0;
  mockBefore = undefined;
});
const { signal } = new AbortController();
const slept = () => mockSteps.reduce((sum, step) => sum + step, 0);

test("it is as long as the pause, and no shorter than the poll took", async () => {
  await pollPause(() => 400, 10, signal);
  expect(slept()).toBe(400);
  mockSteps.length = 0;
  await pollPause(() => 400, 1_000, signal);
  expect(slept()).toBe(1_000);
});

test("a pause that becomes shorter in the middle ends it", async () => {
  let pause = 800;
  mockBefore = () => {
    if (mockSteps.length === 5) pause = 150;
  };
  await pollPause(() => pause, 0, signal);
  expect(slept()).toBeGreaterThanOrEqual(150);
  expect(slept()).toBeLessThan(400);
});

test("a signal ends it", async () => {
  await expect(pollPause(() => 800, 0, AbortSignal.abort(new Error("Ctrl-C")))).rejects.toThrow("Ctrl-C");
  expect(mockSteps).toEqual([]);
});
