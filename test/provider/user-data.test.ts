import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { gzipSync } from "node:zlib";
import { fetchUserData } from "../../src/provider/deployment/user-data";
import { Authority } from "../support/authority";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function serve(answer: RequestListener, tls?: { cert: string; key: string }): Promise<string> {
  const server = tls ? createTlsServer(tls, answer) : createServer({ keepAlive: false }, answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const fetched = (url: string, ca?: string, headers = {}) =>
  fetchUserData(url, ca && Buffer.from(ca).toString("base64"), headers, new AbortController().signal);
const refused = (url: string, ca?: string, headers = {}) =>
  fetched(url, ca, headers).then(
    () => {
      throw new Error("it was fetched");
    },
    (error: { message: string; detail: string; path: unknown }) => {
      expect(error).toMatchObject({ message: "The user data could not be fetched", path: ["user_data_url"] });
      return error.detail;
    },
  );

test("what is there is fetched, with the headers", async () => {
  const url = await serve(({ headers }, response) => response.end(`for ${headers["x-token"]} ü`));
  expect(await fetched(`${url}/ignition`, undefined, { "X-Token": "t" })).toBe("for t ü");
});

test("redirects are followed, and the headers stay with the first origin", async () => {
  const seen: IncomingMessage["headers"][] = [];
  const elsewhere = await serve(({ headers }, response) => {
    seen.push(headers);
    response.end("from elsewhere");
  });
  const url = await serve(({ url, headers }, response) => {
    seen.push(headers);
    response.writeHead(302, { location: url === "/a" ? "/b" : `${elsewhere}/c` }).end();
  });
  expect(await fetched(`${url}/a`, undefined, { "X-Token": "secret" })).toBe("from elsewhere");
  expect(seen.map((headers) => headers["x-token"])).toEqual(["secret", "secret", undefined]);
});

test("a redirect that never ends, to another scheme, or out of TLS is an error", async () => {
  const loop = await serve((_, response) => response.writeHead(307, { location: "/again?token=secret" }).end());
  expect(await refused(loop)).toBe(`${loop} redirects more than 10 times.`);
  const file = await serve((_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end());
  expect(await refused(file)).toContain("redirects to file:, which is not followed");
  const authority = new Authority();
  const tls = await serve(
    (_, response) => response.writeHead(302, { location: `${file}/plain?token=secret` }).end(),
    authority.issue(),
  );
  expect(await refused(tls, authority.cert)).toBe(
    `${tls} redirects from HTTPS to plain HTTP (${new URL(file).host}), which is not followed.`,
  );
});

test("a certificate is checked: with the CA that is given, and never not", async () => {
  const authority = new Authority();
  const url = await serve((_, response) => response.end("over TLS"), authority.issue());
  expect(await fetched(url, authority.cert)).toBe("over TLS");
  expect(await refused(url, new Authority("another").cert)).toMatch(/^https:\/\/127\.0\.0\.1:\d+: .*Check the URL/);
  expect(await refused(url)).toMatch(/SELF_SIGNED|UNABLE_TO/);
});

test("what fails names the origin, and nothing of the path or query", async () => {
  const url = await serve((_, response) => response.writeHead(403).end("no"));
  expect(await refused(`${url}/rack/?token=secret`)).toBe(`${url} responded with status 403.`);
  expect(await refused("no url, secret")).toBe("The value is not a URL.");
  const dead = await refused("http://user:secret@127.0.0.1:1/?token=secret");
  expect(dead).toContain("http://127.0.0.1:1: ");
  expect(dead).not.toContain("secret");
});

test("what is not text is refused: it would be damaged on its way", async () => {
  const ignition = Buffer.from('{"ignition":{"version":"3.4.0"}}');
  const bodies: [Buffer, Record<string, string>, RegExp][] = [
    [gzipSync(ignition), {}, /is compressed with gzip, and Ironic takes text only/],
    [gzipSync(ignition), { "content-encoding": "gzip" }, /is compressed \(gzip\)/],
    [Buffer.from("schlüssel", "latin1"), {}, /is not text in UTF-8/],
    [Buffer.from([0xed, 0xa0, 0x80]), {}, /is not text in UTF-8/],
  ];
  for (const [body, headers, expected] of bodies) {
    const url = await serve((_, response) => response.writeHead(200, headers).end(body));
    expect(await refused(url)).toMatch(expected);
  }
});

test.each(["", "\ufeff#cloud-config\n", "a\r\nb\u0000\u001b", "ü€🔑\ud7ff"])(
  "the text %j has the same bytes",
  async (text) => {
    const url = await serve((_, response) => response.end(text));
    expect(Buffer.from(await fetched(url))).toEqual(Buffer.from(text));
  },
);

test("a redirect from another host to this machine is not followed", async () => {
  const here = await serve((_, response) => response.end("metadata"));
  // The proxy alone knows the name.
  const there = await serve((_, response) => response.writeHead(302, { location: here }).end());
  const environment = { HTTP_PROXY: there };
  const fetching = fetchUserData("http://userdata.test/", undefined, {}, new AbortController().signal, environment);
  await expect(fetching).rejects.toMatchObject({ detail: expect.stringContaining("leads to a loopback address") });
});

test("an interruption ends it", async () => {
  const controller = new AbortController();
  const url = await serve((_, response) => {
    response.writeHead(200).write("half");
    controller.abort(new Error("interrupted"));
    setTimeout(() => response.destroy(), 50);
  });
  await expect(fetchUserData(url, undefined, {}, controller.signal)).rejects.toThrow("interrupted");
});
