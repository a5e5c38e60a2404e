import { SharedPromise, SingleFlight, sleep, unlessAborted } from "../../src/net";
import { rejection } from "../registry/support";

/** Work that the test ends. */
function work<T>() {
  const calls: { signal: AbortSignal; resolve(value: T): void; reject(error: Error): void }[] = [];
  const run = (signal: AbortSignal) =>
    new Promise<T>((resolve, reject) => {
      calls.push({ signal, resolve, reject });
    });
  return { calls, run };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("SharedPromise", () => {
  test("runs its work once for all callers, and keeps the result until it is invalidated", async () => {
    const { calls, run } = work<number>();
    const shared = new SharedPromise(run);
    const all = [shared.get(), shared.get(), shared.get()];
    calls[0]?.resolve(1);
    expect(await Promise.all(all)).toEqual([1, 1, 1]);
    expect(await shared.get()).toBe(1);
    expect(shared.value).toBe(1);
    shared.invalidate(2);
    expect(shared.value).toBe(1);
    shared.invalidate(1);
    expect(shared.value).toBeUndefined();
    const again = shared.get();
    calls[1]?.resolve(2);
    expect(await again).toBe(2);
    expect(calls).toHaveLength(2);
  });

  test("does not keep a failure", async () => {
    const { calls, run } = work<number>();
    const shared = new SharedPromise(run);
    const failed = rejection(shared.get());
    calls[0]?.reject(new Error("down"));
    expect((await failed).message).toBe("down");
    const again = shared.get();
    calls[1]?.resolve(1);
    expect(await again).toBe(1);
  });

  test("one caller's abort ends that caller's waiting; the last one's ends the work, whose result is then worth nothing", async () => {
    const { calls, run } = work<number>();
    const shared = new SharedPromise(run);
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = [first, second].map(({ signal }) => rejection(shared.get(signal)));
    first.abort(new Error("first"));
    expect((await waiting[0])?.message).toBe("first");
    expect(calls[0]?.signal.aborted).toBe(false);
    second.abort(new Error("second"));
    expect((await waiting[1])?.message).toBe("second");
    expect(calls[0]?.signal.aborted).toBe(true);
    const later = shared.get();
    calls[0]?.resolve(1);
    await turn();
    expect(shared.value).toBeUndefined();
    calls[1]?.resolve(2);
    expect(await later).toBe(2);
    expect((await rejection(shared.get(AbortSignal.abort(new Error("before"))))).message).toBe("before");
  });
});

test("SingleFlight shares per key, and forgets", async () => {
  const { calls, run } = work<string>();
  const flights = new SingleFlight<string>();
  const all = ["a", "b", "a"].map((key) => flights.run(key, undefined, run));
  expect(calls).toHaveLength(2);
  calls[0]?.resolve("A");
  calls[1]?.resolve("B");
  expect(await Promise.all(all)).toEqual(["A", "B", "A"]);
  void flights.run("a", undefined, run);
  expect(calls).toHaveLength(3);
});

describe("sleep", () => {
  test.each([2 ** 31, 1e15, Number.POSITIVE_INFINITY])(
    "of %d milliseconds does not end at once, as Node's timers do",
    async (milliseconds) => {
      const controller = new AbortController();
      const slept = sleep(milliseconds, controller.signal).then(
        () => "over",
        (error: Error) => error.message,
      );
      await sleep(20);
      controller.abort(new Error("aborted"));
      expect(await slept).toBe("aborted");
    },
  );

  test("an abort leaves no listener behind, and neither does the end", async () => {
    const controller = new AbortController();
    const added = jest.spyOn(controller.signal, "addEventListener");
    const removed = jest.spyOn(controller.signal, "removeEventListener");
    await Promise.all([sleep(1, controller.signal), unlessAborted(Promise.resolve(1), controller.signal)]);
    await turn();
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed).toHaveBeenCalledTimes(2);
  });
});
