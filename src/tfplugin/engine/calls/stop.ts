import type { CallHandler } from "../call";

export const stopProvider: CallHandler<"StopProvider"> = async (runner) => {
  runner.stop();
  return {};
};
