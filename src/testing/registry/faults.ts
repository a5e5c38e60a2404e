import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Interceptor } from "./server";

/**
 * A fault of a response, composable: `registry.intercept = first(2, status(503))`.
 *
 * A fault either sends the response itself, or changes the registry's.
 */
export type Fault = Interceptor;

/** A response with this status; the body is JSON, with the distribution spec's errors where a code is given. */
export function status(
  code: number,
  options: {
    readonly registryCode?: string;
    readonly headers?: OutgoingHttpHeaders;
    readonly body?: string | Uint8Array;
  } = {},
): Fault {
  const { registryCode } = options;
  const errors = registryCode === undefined ? [] : [{ code: registryCode, message: "an injected fault" }];
  return (_request, response) => {
    response.writeHead(code, { "content-type": "application/json", ...options.headers });
    response.end(options.body ?? JSON.stringify({ errors }));
    return true;
  };
}

/** 429, with or without a Retry-After (seconds, or a date). */
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

/** 200 with another body than the registry's. */
export function replaceBody(body: string | Uint8Array, headers: OutgoingHttpHeaders = {}): Fault {
  return status(200, { body, headers });
}

/** Connection reset before the first byte of the response. */
export function reset(): Fault {
  return (request) => {
    request.socket.resetAndDestroy();
    return true;
  };
}

/** Connection reset inside a body, before its Content-Length. */
export function resetInsideBody(): Fault {
  return (_request, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write('{"schemaVersion":', () => response.socket?.resetAndDestroy());
    return true;
  };
}

/** The connection is closed before the body's Content-Length. */
export function truncate(): Fault {
  return (_request, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write('{"schemaVersion":', () => response.socket?.end());
    return true;
  };
}

/** An endless body without a Content-Length, in chunks of 64 KiB, or of one byte with a pause in milliseconds. */
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

/** Never responds. */
export function silence(): Fault {
  return () => true;
}

/** Sends the beginning of a response and keeps the connection open. */
export function stall(): Fault {
  return (_request, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write("{");
    return true;
  };
}

/** Slow loris: one byte at a time, each before the idle timeout, until the client disconnects. */
export function drip(milliseconds: number): Fault {
  return (_request, response) => {
    response.writeHead(200, { "content-length": 1_000_000 });
    return pour(response, milliseconds);
  };
}

/** Raw bytes instead of an HTTP response, for faults that no HTTP library sends. Closes the connection. */
export function raw(bytes: string | Uint8Array): Fault {
  return (request) => {
    request.socket.end(bytes);
    return true;
  };
}

/** Slow loris in the headers: another header after each pause, and never a body. */
export function dripHeaders(milliseconds: number): Fault {
  return (request) => {
    const { socket } = request;
    socket.write("HTTP/1.1 200 OK\r\n");
    const timer = setInterval(() => socket.write("x: y\r\n"), milliseconds);
    socket.on("error", () => undefined).on("close", () => clearInterval(timer));
    return true;
  };
}

/** The registry's response with other headers, as from a lying registry or a proxy. */
export function lie(headers: OutgoingHttpHeaders): Fault {
  return (_request, response) => {
    const writeHead = response.writeHead.bind(response) as (code: number, own?: OutgoingHttpHeaders) => ServerResponse;
    response.writeHead = ((code: number, own?: OutgoingHttpHeaders) =>
      writeHead(code, { ...own, ...headers })) as ServerResponse["writeHead"];
    return false;
  };
}

/** Delays the response. */
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

/** The first of several faults that responds. */
export function oneOf(...faults: readonly Fault[]): Fault {
  return async (request, response) => {
    for (const fault of faults) if (await fault(request, response)) return true;
    return false;
  };
}

/** One fault per request in this order, then none. */
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
  /** A linear congruential generator (the constants of Numerical Recipes): repeatable, and sufficiently random. */
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
