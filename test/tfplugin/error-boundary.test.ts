import { ErrorBoundary } from "../../src/tfplugin/engine/error-boundary";

/** Stands for the process's handler of uncaught errors, which jest keeps to itself. */
const later = (work: () => void) => setTimeout(work, 1);

test("gives what the work gives, and throws what it throws", async () => {
  const boundary = new ErrorBoundary();
  await expect(boundary.run(() => 1)).resolves.toBe(1);
  await expect(boundary.run(async () => 2)).resolves.toBe(2);
  await expect(
    boundary.run(() => {
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  expect(boundary.isIdle).toBe(true);
});

test("an error beside the work ends that work and no other", async () => {
  const boundary = new ErrorBoundary();
  let finish: (value: string) => void = () => {};
  const other = boundary.run(() => new Promise<string>((resolve) => (finish = resolve)));
  const failing = boundary.run(() => {
    later(() => boundary.handleUncaught(new Error("beside")));
    return new Promise(() => {});
  });
  await expect(failing).rejects.toThrow("beside");
  expect(boundary.isIdle).toBe(false);
  finish("fine");
  await expect(other).resolves.toBe("fine");
  expect(boundary.isIdle).toBe(true);
});

test("an error from nowhere ends all work", async () => {
  const boundary = new ErrorBoundary();
  const running = [boundary.run(() => new Promise(() => {})), boundary.run(() => new Promise(() => {}))];
  boundary.handleUncaught(new Error("from nowhere"));
  for (const work of running) await expect(work).rejects.toThrow("from nowhere");
});

test("an error of work that has ended harms no other", async () => {
  const boundary = new ErrorBoundary();
  let heard: boolean | undefined;
  const late = new Promise<void>((resolve) => {
    void boundary.run(() => {
      later(() => {
        heard = boundary.handleUncaught(new Error("too late"));
        resolve();
      });
    });
  });
  let finish: (value: string) => void = () => {};
  const other = boundary.run(() => new Promise<string>((resolve) => (finish = resolve)));
  await late;
  expect(heard).toBe(false);
  finish("fine");
  await expect(other).resolves.toBe("fine");
});

test("an error while nothing runs is no harm", async () => {
  const boundary = new ErrorBoundary();
  expect(boundary.handleUncaught(new Error("nobody is there"))).toBe(false);
  await expect(boundary.run(() => 1)).resolves.toBe(1);
});

test("tells when it is idle", async () => {
  const boundary = new ErrorBoundary();
  await boundary.idle();
  let finish: () => void = () => {};
  const work = boundary.run(() => new Promise<void>((resolve) => (finish = resolve)));
  let idle = false;
  const waiting = boundary.idle().then(() => (idle = true));
  await Promise.resolve();
  expect(idle).toBe(false);
  finish();
  await work;
  await waiting;
  expect(idle).toBe(true);
});
