import dns from "node:dns";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Reference } from "../../src/reference";
import { pullSecrets } from "../../src/registry";
import { faults } from "../../src/testing/registry";
import { Authority } from "../support/authority";
import { startProxy } from "../support/proxy";
import { AT_ONCE, clientFor, closing, pushOne, referenceTo, rejection, serve, serveOne } from "./support";

const authority = new Authority();
const NAMES: Record<string, string> = {
  "inside.test": "127.0.0.1",
  "mapped.test": "::ffff:127.0.0.1",
  "metadata.test": "169.254.169.254",
};

let bundle: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "names-"));
  closing(async () => rmSync(folder, { recursive: true }));
  bundle = join(folder, "ca.pem");
  writeFileSync(bundle, authority.cert);
  const lookup = dns.lookup as unknown as (...parameters: unknown[]) => void;
  jest.spyOn(dns, "lookup").mockImplementation(((name: string, options: { all?: boolean }, done: unknown) => {
    const address = NAMES[name];
    if (address === undefined) return lookup(name, options, done);
    const family = address.includes(":") ? 6 : 4;
    const callback = done as (error: null, ...found: unknown[]) => void;
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  }) as unknown as typeof dns.lookup);
});
afterEach(() => jest.restoreAllMocks());

/**
 * A registry far away, as seen from here: behind a proxy, which alone knows its name. The names above are reached from here.
 */
async function farAway() {
  const names = ["registry.test", ...Object.keys(NAMES)];
  const registry = await serve({
    auth: { mode: "bearer", username: "robot", password: "hunter2" },
    tls: authority.issue({ names }),
  });
  const pushed = pushOne(registry);
  const port = Number(registry.host.split(":")[1]);
  const proxy = await startProxy(port);
  closing(() => proxy.stop());
  registry.gate.origin = "https://registry.test";
  const client = clientFor(registry, {
    plainHttp: [],
    certificateFolders: [],
    credentials: pullSecrets({ "registry.test": "robot:hunter2" }),
    environment: { SSL_CERT_FILE: bundle, HTTPS_PROXY: proxy.host, NO_PROXY: Object.keys(NAMES).join() },
  });
  const at = Reference.parse("oci://registry.test/images/one:tag");
  return { registry, proxy, port, pushed, client, at };
}

test("a registry whose names all lead away is fine", async () => {
  const { client, at, pushed } = await farAway();
  expect((await client.getManifest(at)).digest).toBe(pushed.digest);
});

test.each([
  ["inside.test", "loopback"],
  ["mapped.test", "loopback"],
  ["metadata.test", "link-local"],
])("a token realm at %s, which is a %s address, gets no credentials and no request", async (name, scope) => {
  const { registry, port, client, at } = await farAway();
  registry.gate.origin = `https://${name}:${port}`;
  const error = await rejection(client.getManifest(at));
  expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", registry: "registry.test" });
  expect(error.message).toContain(`no credentials were sent: the name of its token realm (${name})`);
  expect(error.message).toContain(`a ${scope} address`);
  expect(registry.log.filter((line) => line.includes("/token"))).toEqual([]);
  expect(registry.requests).toHaveLength(1);
});

test.each([
  ["inside.test", "loopback"],
  ["metadata.test", "link-local"],
])("a redirect to %s, which is a %s address, is refused", async (name, scope) => {
  const { registry, port, client, at } = await farAway();
  const blob = `https://${name}:${port}/v2/images/one/manifests/tag?signed`;
  registry.intercept = faults.on(
    /manifests\/tag$/,
    (request, response) => request.headers.authorization !== undefined && faults.redirect(blob)(request, response),
  );
  const error = await rejection(client.getManifest(at));
  expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
  expect(error.message).toContain(`that name resolves to a ${scope} address`);
  expect(registry.log.filter((line) => line.includes("signed"))).toEqual([]);
});

test("a registry on this machine, under any name, may redirect to this machine", async () => {
  const { registry, pushed } = await serveOne({ auth: { mode: "bearer", username: "robot", password: "hunter2" } });
  const port = Number(registry.host.split(":")[1]);
  const host = `inside.test:${port}`;
  registry.gate.origin = `http://127.0.0.1:${port}`;
  const credentials = pullSecrets({ [host]: "robot:hunter2" });
  const client = clientFor(registry, { plainHttp: [host, `127.0.0.1:${port}`], credentials });
  expect((await client.getManifest(referenceTo({ host }, "images/one:tag"))).digest).toBe(pushed.digest);
  // Still not on to the machine's link.
  registry.gate.origin = "http://metadata.test";
  registry.gate.revokeAll();
  const other = clientFor(registry, { plainHttp: [host, "metadata.test"], credentials });
  const error = await rejection(other.getManifest(referenceTo({ host }, "images/one:tag")));
  expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED" });
  expect(error.message).toContain("a link-local address");
});

test("a TLS handshake that never ends takes the time of one request, once", async () => {
  const accepted: Socket[] = [];
  const server = createServer((socket) => void accepted.push(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing(async () => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const host = `127.0.0.1:${port}`;
  const client = clientFor({ host }, { plainHttp: [], timeout: 100, retry: { ...AT_ONCE, attempts: 10 } });
  const error = await rejection(client.getManifest(referenceTo({ host }, "images/one:tag")));
  expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE", name: "RegistryUnreachableError" });
  expect(error.message).toBe(`oci://${host}/images/one:tag: no connection within 100 ms`);
  expect(error.hint).toContain("timeout");
  // On a busy machine the connection may be taken after its client has given up.
  while (accepted.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(accepted).toHaveLength(1);
});
