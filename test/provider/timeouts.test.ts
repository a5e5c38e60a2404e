import { getEventListeners } from "node:events";
import { parseDuration, withTimeout } from "../../src/provider/shared/timeouts";
import { ProviderError } from "../../src/tfplugin";

test.each<[string, number | undefined]>([
  ["90s", 90_000],
  ["30m", 1_800_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["250ms", 250],
  ["1m1ms", 60_001],
  ["0s", 0],
  ["", undefined],
  ["30", undefined],
  ["m", undefined],
  ["-1s", undefined],
  ["1 m", undefined],
  ["1d", undefined],
  ["1h 30m", undefined],
  ["1h30", undefined],
])("the duration %j", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

describe("work with a limit", () => {
  const endless = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  test("that ends in time gives its result, and leaves neither timer nor listener", async () => {
    const { signal } = new AbortController();
    await expect(withTimeout(signal, "1h", "1m", "It", async () => 7)).resolves.toBe(7);
    await expect(withTimeout(signal, "1h", "1m", "It", () => Promise.reject(new Error("own")))).rejects.toThrow("own");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test.each<[string, string | null | undefined, string, string]>([
    ["given", "1ms", "1h", "It took longer than 1ms"],
    ["by default", null, "2ms", "It took longer than 2ms"],
    ["by default, in a state without the block", undefined, "2ms", "It took longer than 2ms"],
    ["of zero", "0s", "1h", "It took longer than 0s"],
  ])("that is over, %s, fails with what to do", async (_, limit, fallback, message) => {
    const failure = await withTimeout(new AbortController().signal, limit, fallback, "It", endless).catch(
      (error) => error,
    );
    expect(failure).toBeInstanceOf(ProviderError);
    expect(failure).toMatchObject({ message, path: ["timeouts"], detail: expect.stringContaining("timeouts block") });
  });

  test("longer than a timer of JavaScript can be does not end at once", async () => {
    const work = withTimeout(new AbortController().signal, "10000h", "1m", "It", async (signal) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return signal.aborted;
    });
    await expect(work).resolves.toBe(false);
  });

  test("is interrupted with Terraform, before and while it runs", async () => {
    const controller = new AbortController();
    const work = withTimeout(controller.signal, "1h", "1m", "It", endless);
    controller.abort(new Error("Ctrl-C"));
    await expect(work).rejects.toThrow("Ctrl-C");
    const late = withTimeout(controller.signal, "1h", "1m", "It", async (signal) => signal.throwIfAborted());
    await expect(late).rejects.toThrow("Ctrl-C");
  });
});
