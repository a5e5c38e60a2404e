// The in-process Ironic needs a millisecond or two for what real ones need minutes for: polls come as often. A setup file, because a
// mock in a module that a test imports has no effect where the test has loaded the watcher before.
jest.mock("../../src/ironic/poll-pause", () => ({
  pollPause: (_pause: () => number, _atLeast: number, signal: AbortSignal) =>
    jest.requireActual<typeof import("../../src/net/abort")>("../../src/net/abort").sleep(1, signal),
}));
