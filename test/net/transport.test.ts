import dns from "node:dns";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import {
  AddressRefused,
  BodyTooLarge,
  DeadlineExceeded,
  type HttpRequest,
  NetworkFailure,
  PlainHttpRefused,
  sleep,
  Transport,
  type TransportOptions,
} from "../../src/net";
import { closing, rejection } from "../registry/support";

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** An HTTP server and a transport that may speak plain HTTP to any host. */
async function serve(listener: RequestListener, options: Partial<TransportOptions> = {}) {
  const seen: string[] = [];
  const port = await listen(
    createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      listener(request, response);
    }),
  );
  const transport = transportFor(options);
  const send = (request: Partial<HttpRequest> & { readonly host?: string } = {}, signal?: AbortSignal) => {
    const { host = "127.0.0.1", ...more } = request;
    return transport.exchange({ url: new URL(`http://${host}:${port}/path?query`), maxBytes: 1_000, ...more }, signal);
  };
  return { seen, port, transport, send };
}

function transportFor(options: Partial<TransportOptions> = {}): Transport {
  const transport = new Transport({
    timeout: 5_000,
    idleTimeout: 5_000,
    connectTimeout: 5_000,
    allowsPlainHttp: () => true,
    environment: {},
    tls: async () => undefined,
    ...options,
  });
  closing(() => transport.close());
  return transport;
}

const until = async (done: () => boolean) => {
  while (!done()) await sleep(1);
};

describe("a connection that never stands", () => {
  /** Accepts TCP connections and sends nothing, so that TLS handshakes never end. */
  async function silent(options: Partial<TransportOptions>) {
    const accepted: Socket[] = [];
    const closed: Socket[] = [];
    const port = await listen(
      createTcpServer((socket) => {
        accepted.push(
          socket
            .on("close", () => closed.push(socket))
            .on("error", () => undefined)
            .resume(),
        );
      }),
    );
    const transport = transportFor(options);
    const send = (signal?: AbortSignal, more: Partial<HttpRequest> = {}) =>
      transport.exchange({ url: new URL(`https://127.0.0.1:${port}/`), maxBytes: 1, ...more }, signal);
    return { accepted, closed, transport, send };
  }

  test("ends with the time of the request, and nothing was sent", async () => {
    const { send } = await silent({ timeout: 100, connectTimeout: 60_000 });
    const error = await rejection(send());
    expect(error).toBeInstanceOf(NetworkFailure);
    expect(error).toMatchObject({ sent: false, cause: { milliseconds: 100 } });
    expect(error.cause).toBeInstanceOf(DeadlineExceeded);
  });

  test("ends with the caller's signal, even for a request that is waited for once it is sent", async () => {
    for (const ignoreAbortOnceSent of [false, true]) {
      const { accepted, send } = await silent({ timeout: 60_000 });
      const controller = new AbortController();
      const sending = rejection(send(controller.signal, { ignoreAbortOnceSent }));
      await until(() => accepted.length === 1);
      controller.abort(new Error("Ctrl-C"));
      expect((await sending).message).toBe("Ctrl-C");
    }
  });

  test("closing the transport closes it, too: no process waits for it", async () => {
    const { accepted, closed, transport, send } = await silent({ timeout: 60_000, connectTimeout: 60_000 });
    const sending = rejection(send());
    await until(() => accepted.length === 1);
    await transport.close();
    expect(await sending).toBeInstanceOf(NetworkFailure);
    await until(() => closed.length === 1);
  });
});

describe("a request that was sent", () => {
  test("and without a response has been sent", async () => {
    const { send } = await serve(() => undefined, { timeout: 100 });
    expect(await rejection(send({ method: "POST", body: "{}" }))).toMatchObject({
      sent: true,
      cause: { milliseconds: 100 },
    });
  });

  test("may be waited for after an abort; its deadline still applies", async () => {
    const controller = new AbortController();
    let answer: (() => void) | undefined;
    const { send } = await serve((_request, response) => {
      controller.abort(new Error("Ctrl-C"));
      answer = () => response.end("made");
    });
    const waiting = send({ method: "POST", ignoreAbortOnceSent: true }, controller.signal);
    await until(() => answer !== undefined);
    answer?.();
    expect((await waiting).body.toString()).toBe("made");

    const late = new AbortController();
    const silent = await serve(() => late.abort(), { timeout: 100 });
    const error = await rejection(silent.send({ method: "POST", ignoreAbortOnceSent: true }, late.signal));
    expect(error.cause).toBeInstanceOf(DeadlineExceeded);
  });

  test("ends at once with the signal otherwise", async () => {
    const controller = new AbortController();
    const { send } = await serve(() => controller.abort(new Error("Ctrl-C")), { timeout: 60_000 });
    expect((await rejection(send({}, controller.signal))).message).toBe("Ctrl-C");
  });

  test.each([
    ["a body", "\n", (_write: string) => ({ status: 200 })],
    ["an error's body", "\n", () => ({ status: 500 })],
  ])("%s that drips in for ever has an end", async (_what, drop, head) => {
    let stop: NodeJS.Timeout | undefined;
    const { send } = await serve(
      (_request, response) => {
        response.writeHead(head(drop).status);
        stop = setInterval(() => response.write(drop), 5);
        response.on("close", () => clearInterval(stop));
      },
      { timeout: 200 },
    );
    expect(await rejection(send())).toMatchObject({ sent: true, cause: { milliseconds: 200 } });
    clearInterval(stop);
  });
});

describe("bodies", () => {
  test.each([200, 201, 204, 299])("of %i are whole, or an error", async (status) => {
    const length = status === 204 ? 0 : 1_000;
    const { send } = await serve((_request, response) => void response.writeHead(status).end("x".repeat(length)));
    expect(await send()).toMatchObject({ status, body: Buffer.alloc(length, "x") });
    if (length === 0) return;
    const error = await rejection(send({ maxBytes: 999 }));
    expect(error).toBeInstanceOf(BodyTooLarge);
    expect(error).toMatchObject({ limit: 999, status });
  });

  test.each([301, 400, 500])("of %i are read as far as is worth it", async (status) => {
    const { send } = await serve((_request, response) => void response.writeHead(status).end("x".repeat(5_000)), {
      maxErrorBytes: 100,
    });
    expect(await send({ maxBytes: 1 })).toMatchObject({ status, body: Buffer.alloc(100, "x") });
  });

  test("after a 103 are the real response's", async () => {
    const { send } = await serve((_request, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.writeHead(201, { "x-it": "real" }).end("real");
    });
    expect(await send()).toMatchObject({ status: 201, headers: { "x-it": "real" }, body: Buffer.from("real") });
  });
});

test("plain HTTP is sent to hosts that are listed for it alone", async () => {
  const { send, seen, port } = await serve((_request, response) => void response.end(), {
    allowsPlainHttp: (host) => host.startsWith("127.0.0.1:"),
  });
  expect((await send()).status).toBe(200);
  const error = await rejection(send({ host: "localhost" }));
  expect(error).toBeInstanceOf(PlainHttpRefused);
  expect(error).toMatchObject({ host: `localhost:${port}` });
  expect(seen).toHaveLength(1);
});

describe("a URL that another server named", () => {
  /** The resolver's results. */
  const names: Record<string, string[]> = {
    "here.test": ["127.0.0.1"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "six.test": ["::1"],
    "metadata.test": ["169.254.169.254"],
    "link.test": ["fe80::1%lo"],
    "both.test": ["169.254.169.254", "127.0.0.1"],
  };
  afterEach(() => jest.restoreAllMocks());
  const resolve = () =>
    jest.spyOn(dns, "lookup").mockImplementation(((name: string, options: { all?: boolean }, done: unknown) => {
      const all = (names[name] ?? []).map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      const callback = done as (error: Error | null, ...found: unknown[]) => void;
      if (options.all) callback(null, all);
      else callback(null, all[0]?.address, all[0]?.family);
    }) as unknown as typeof dns.lookup);
  const open = () => serve((_request, response) => void response.end("secret"));

  test.each<[string, HttpRequest["leadFrom"], string]>([
    ["here.test", "remote", "loopback"],
    ["here.test", "link-local", "loopback"],
    ["mapped.test", "remote", "loopback"],
    ["six.test", "remote", "loopback"],
    ["metadata.test", "remote", "link-local"],
    ["metadata.test", "loopback", "link-local"],
    ["link.test", "loopback", "link-local"],
    ["127.0.0.1", "remote", "loopback"],
    ["localhost", "remote", "loopback"],
  ])("%s, from a %s host, is refused as %s, and nothing is sent", async (host, leadFrom, scope) => {
    const { send, seen } = await open();
    resolve();
    const error = await rejection(send({ host, ...(leadFrom && { leadFrom }) }));
    expect(error).toBeInstanceOf(AddressRefused);
    expect(error).toMatchObject({ host, scope });
    expect(seen).toEqual([]);
  });

  test("may lead to where the naming server is, and a configured URL anywhere", async () => {
    const { send } = await open();
    resolve();
    expect(await send({ host: "here.test", leadFrom: "loopback" })).toMatchObject({ peerScope: "loopback" });
    expect(await send({ host: "here.test" })).toMatchObject({ peerScope: "loopback" });
    // A connection that was made for a configured URL is not used for a URL that was named.
    expect(await rejection(send({ host: "here.test", leadFrom: "remote" }))).toBeInstanceOf(AddressRefused);
  });

  test("of several addresses only permitted ones are tried", async () => {
    const { send, seen } = await open();
    resolve();
    expect((await send({ host: "both.test", leadFrom: "loopback" })).status).toBe(200);
    expect(await rejection(send({ host: "both.test", leadFrom: "remote" }))).toBeInstanceOf(AddressRefused);
    expect(seen).toHaveLength(1);
  });
});
