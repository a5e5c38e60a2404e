import type { ServerResponse } from "node:http";
import type { InProcessIronic } from "../../src/testing/ironic";

/** How a run of Terraform ends early, at one of its requests. */
export interface End {
  readonly kind: "cut" | "killed" | "interrupted";
  /** Whether Ironic carries the request out. */
  readonly done: boolean;
}
export const ENDS: readonly End[] = (["cut", "killed", "interrupted"] as const).flatMap((kind) =>
  [false, true].map((done) => ({ kind, done })),
);

/** A run of Terraform. */
interface Run {
  work(): Promise<unknown>;
  interrupt(): Promise<unknown>;
}

/** Lets a run work, and ends it at the request with this index; false where it has fewer requests. */
export async function endRunAt(
  ironic: InProcessIronic,
  index: number,
  { kind, done }: End,
  run: Run,
): Promise<boolean> {
  let [at, last, reached] = [-1, "", false];
  const killed = new Promise<void>((resolve) => {
    ironic.intercept = (request, response) => {
      // The number of polls depends on time: the first of them stands for all.
      const isRepeated = request.method === "GET" && last === request.url;
      last = request.method === "GET" ? (request.url ?? "") : "";
      if (!isRepeated || reached) at += 1;
      if (at < index || (isRepeated && !reached)) return false;
      if (kind === "interrupted") {
        if (at > index) return false;
        reached = true;
        if (!done) {
          void run.interrupt();
          return false;
        }
        const end = response.end.bind(response);
        response.end = ((text: string) => {
          void run.interrupt();
          return end(text);
        }) as typeof response.end;
        return false;
      }
      // What comes after that does not reach Ironic either. A killed process sees no response, and no error.
      const lose = () => {
        if (kind === "cut") request.socket.resetAndDestroy();
        else resolve();
      };
      if (at === index && done) afterwards(response, lose);
      else lose();
      reached = true;
      return !(at === index && done);
    };
  });
  await Promise.race([run.work(), killed]);
  ironic.intercept = undefined;
  return reached;
}

/** Lets Ironic carry a request out, and calls `then` in place of its response. */
function afterwards(response: ServerResponse, then: () => void): void {
  response.writeHead = () => response;
  response.end = () => {
    then();
    return response;
  };
}
