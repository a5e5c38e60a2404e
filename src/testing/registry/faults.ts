import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Interceptor } from "./server";

/**
 * What can go wrong with an answer, as words to build a test from: `registry.intercept = first(2, status(503))`.
 *
 * A fault either answers in the registry's place, or bends what the registry answers and lets it go on.
 */
export type Fault = Interceptor;

/** Answers with a status of its own; the body is JSON, in the distribution spec's form where a code is named. */
export function status(
  code: number,
  options: {
    readonly registryCode?: string;
    readonly headers?: OutgoingHttpHeaders;
    readonly body?: string | Uint8Array;
  } = {},
): Fault {
  const { registryCode } = options;
  const errors = registryCode === undefined ? [] : [{ code: registryCode, message: "a fault that was asked for" }];
  return (_request, response) => {
    response.writeHead(code, { "content-type": "application/json", ...options.headers });
    response.end(options.body ?? JSON.stringify({ errors }));
    return true;
  };
}

/** 429, saying when to come back (seconds, or a date) or not. */
export function throttle(retryAfter?: number | Date): Fault {
  const value = retryAfter instanceof Date ? retryAfter.toUTCString() : retryAfter?.toString();
  return status(429, {
    registryCode: "TOOMANYREQUESTS",
    ...(value !== undefined && { headers: { "retry-after": value } }),
  });
}

export function redirect(location: string, code = 307): Fault {
  return status(code, { headers: { location } });
}

/** Another body under a 200, in place of the one that belongs there. */
export function replaceBody(body: string | Uint8Array, headers: OutgoingHttpHeaders = {}): Fault {
  return status(200, { body, headers });
}

/** The connection dies before the first byte of an answer. */
export function reset(): Fault {
  return (request) => {
    request.socket.resetAndDestroy();
    return true;
  };
}

/** The connection dies inside a body that was announced as longer. */
export function resetInsideBody(): Fault {
  return (_request, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write('{"schemaVersion":', () => response.socket?.resetAndDestroy());
    return true;
  };
}

/** The body ends, politely, before the length that was announced. */
export function truncate(): Fault {
  return (_request, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write('{"schemaVersion":', () => response.socket?.end());
    return true;
  };
}

/** A body with no end and no announced length, in pieces of 64 KiB or of one byte with a pause after each. */
export function endless(pause?: number): Fault {
  return (_request, response) => {
    response.writeHead(200);
    if (pause !== undefined) return pour(response, pause);
    const chunk = Buffer.alloc(64 * 1024, " ");
    const flood = () => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once("drain", flood);
    };
    flood();
    return true;
  };
}

function pour(response: ServerResponse, pause: number): true {
  const timer = setInterval(() => response.write(" "), pause);
  response.on("close", () => clearInterval(timer));
  return true;
}

/** Takes the request and never says a word. */
export function silence(): Fault {
  return () => true;
}

/** Sends the beginning of an answer and then nothing more, keeping the connection. */
export function stall(): Fault {
  return (_request, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write("{");
    return true;
  };
}

/** Slow loris: one byte at a time, each in time, for as long as anybody listens. */
export function drip(milliseconds: number): Fault {
  return (_request, response) => {
    response.writeHead(200, { "content-length": 1_000_000 });
    return pour(response, milliseconds);
  };
}

/** Bytes in place of an HTTP answer: what no HTTP library could be made to send. The connection ends after them. */
export function raw(bytes: string | Uint8Array): Fault {
  return (request) => {
    request.socket.end(bytes);
    return true;
  };
}

/** Slow loris in the headers: another one every now and then, and never a body. */
export function dripHeaders(milliseconds: number): Fault {
  return (request) => {
    const { socket } = request;
    socket.write("HTTP/1.1 200 OK\r\n");
    const timer = setInterval(() => socket.write("x: y\r\n"), milliseconds);
    socket.on("error", () => undefined).on("close", () => clearInterval(timer));
    return true;
  };
}

/** The registry's own answer with other headers: what a lying registry, or something in between, makes of it. */
export function lie(headers: OutgoingHttpHeaders): Fault {
  return (_request, response) => {
    const writeHead = response.writeHead.bind(response) as (code: number, own?: OutgoingHttpHeaders) => ServerResponse;
    response.writeHead = ((code: number, own?: OutgoingHttpHeaders) =>
      writeHead(code, { ...own, ...headers })) as ServerResponse["writeHead"];
    return false;
  };
}

/** Waits before what follows. */
export function late(milliseconds: number): Fault {
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return false;
  };
}

/** The fault for the first `count` requests, then none. */
export function first(count: number, fault: Fault): Fault {
  let left = count;
  return (request, response) => {
    if (left <= 0) return false;
    left -= 1;
    return fault(request, response);
  };
}

/** The fault for requests whose `METHOD path` matches. */
export function on(pattern: RegExp, fault: Fault): Fault {
  return (request, response) => pattern.test(`${request.method} ${request.url}`) && fault(request, response);
}

/** The first of several faults that answers. */
export function oneOf(...faults: readonly Fault[]): Fault {
  return async (request, response) => {
    for (const fault of faults) if (await fault(request, response)) return true;
    return false;
  };
}

/** One fault after the other, one a request, then none. */
export function inTurn(...faults: readonly Fault[]): Fault {
  let next = 0;
  return (request, response) => faults[next++]?.(request, response) ?? false;
}

/**
 * Each request fails with the given chance, with one of `faults` in turn. The same seed gives the same run, as far as
 * the requests come in the same order.
 */
export function sometimes(chance: number, faults: readonly Fault[], seed = 1): Fault {
  let state = seed;
  let turn = 0;
  /** A linear congruential generator (the constants of Numerical Recipes): repeatable, and random enough for this. */
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return (request: IncomingMessage, response: ServerResponse) => {
    if (random() >= chance) return false;
    turn += 1;
    return faults[turn % faults.length]?.(request, response) ?? false;
  };
}
