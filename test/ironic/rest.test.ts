import { rest } from "../../src/ironic/rest";

/** Steps that were slept, in milliseconds; called before each. */
const mockSteps: number[] = [];
let mockBefore: (() => void) | undefined;
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
const rested = () => mockSteps.reduce((sum, step) => sum + step, 0);

test("a rest is as long as the pause, and no shorter than the look took", async () => {
  await rest(() => 400, 10, signal);
  expect(rested()).toBe(400);
  mockSteps.length = 0;
  await rest(() => 400, 1_000, signal);
  expect(rested()).toBe(1_000);
});

test("whoever makes the pause shorter in the middle ends it", async () => {
  let pause = 800;
  mockBefore = () => {
    if (mockSteps.length === 5) pause = 150;
  };
  await rest(() => pause, 0, signal);
  expect(rested()).toBeGreaterThanOrEqual(150);
  expect(rested()).toBeLessThan(400);
});

test("a signal ends it", async () => {
  await expect(rest(() => 800, 0, AbortSignal.abort(new Error("Ctrl-C")))).rejects.toThrow("Ctrl-C");
  expect(mockSteps).toEqual([]);
});
