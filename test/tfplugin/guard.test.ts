import { Guard } from "../../src/tfplugin/engine/guard";

/** Stands for the process's handler of uncaught errors, which jest keeps to itself. */
const later = (work: () => void) => setTimeout(work, 1);

test("gives what the work gives, and throws what it throws", async () => {
  const guard = new Guard();
  await expect(guard.run(() => 1)).resolves.toBe(1);
  await expect(guard.run(async () => 2)).resolves.toBe(2);
  await expect(
    guard.run(() => {
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  expect(guard.isIdle).toBe(true);
});

test("an error beside the work ends that work and no other", async () => {
  const guard = new Guard();
  let finish: (value: string) => void = () => {};
  const other = guard.run(() => new Promise<string>((resolve) => (finish = resolve)));
  const failing = guard.run(() => {
    later(() => guard.crash(new Error("beside")));
    return new Promise(() => {});
  });
  await expect(failing).rejects.toThrow("beside");
  expect(guard.isIdle).toBe(false);
  finish("fine");
  await expect(other).resolves.toBe("fine");
  expect(guard.isIdle).toBe(true);
});

test("an error from nowhere ends all work", async () => {
  const guard = new Guard();
  const running = [guard.run(() => new Promise(() => {})), guard.run(() => new Promise(() => {}))];
  guard.crash(new Error("from nowhere"));
  for (const work of running) await expect(work).rejects.toThrow("from nowhere");
});

test("an error of work that has ended harms no other", async () => {
  const guard = new Guard();
  let heard: boolean | undefined;
  const late = new Promise<void>((resolve) => {
    void guard.run(() => {
      later(() => {
        heard = guard.crash(new Error("too late"));
        resolve();
      });
    });
  });
  let finish: (value: string) => void = () => {};
  const other = guard.run(() => new Promise<string>((resolve) => (finish = resolve)));
  await late;
  expect(heard).toBe(false);
  finish("fine");
  await expect(other).resolves.toBe("fine");
});

test("an error while nothing runs is no harm", async () => {
  const guard = new Guard();
  expect(guard.crash(new Error("nobody is there"))).toBe(false);
  await expect(guard.run(() => 1)).resolves.toBe(1);
});

test("tells when it is idle", async () => {
  const guard = new Guard();
  await guard.idle();
  let finish: () => void = () => {};
  const work = guard.run(() => new Promise<void>((resolve) => (finish = resolve)));
  let idle = false;
  const waiting = guard.idle().then(() => (idle = true));
  await Promise.resolve();
  expect(idle).toBe(false);
  finish();
  await work;
  await waiting;
  expect(idle).toBe(true);
});
