import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authority } from "../../support/authority";
import { startProxy } from "../../support/proxy";
import { type RealIronic, startIronic } from "../support/ironic";
import { runWithSystemStore } from "../support/system-store";

// As in a data centre: Keystone and Ironic behind TLS that asks for a client's certificate, both of a CA of the place's own, which
// the system's store has, and reached through a proxy that alone knows their names.
const authority = new Authority("a CA of the place's own");
const ROOT = join(__dirname, "..", "..", "..");

let ironic: RealIronic;
let folder: string;
const open: (() => unknown)[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "connections-"));
  ironic = await startIronic("keystone");
});
afterAll(async () => {
  for (const close of open.reverse()) await close();
  await ironic?.stop();
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** TLS before the real services: what begins with /v3 is Keystone's. */
async function startGateway(names: readonly string[]): Promise<{ readonly port: number; readonly seen: string[] }> {
  const seen: string[] = [];
  const [keystone, api] = [new URL(ironic.keystone?.url ?? ""), new URL(ironic.url)];
  const tls = { ...authority.issue({ names }), ca: authority.cert, requestCert: true, rejectUnauthorized: true };
  const server: Server = createServer(tls, (incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    const { hostname, port } = incoming.url?.startsWith("/v3") ? keystone : api;
    const onward = request({ hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers });
    onward.on("response", (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers)));
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

const SCRIPT = `
const { fromEnvironment, IronicClient } = require(${JSON.stringify(join(ROOT, "dist", "src", "ironic"))});
(async () => {
  const { auth, ...settings } = fromEnvironment(process.env);
  const client = new IronicClient({ ...settings, auth, url: process.env.API });
  try {
    const { uuid } = await client.createNode({ driver: "fake-hardware" });
    await client.deleteNode(uuid);
    console.log(await client.microversion());
  } catch (error) {
    console.log(error.code, error.message, error.hint);
  } finally {
    await client.close();
  }
})();
`;

test("proxy, system store and client certificate: real Keystone and real Ironic are reached", async () => {
  const names = ["cloud.test"];
  const gateway = await startGateway(names);
  const proxy = await startProxy(gateway.port, { credentials: "user:proxy-password" });
  open.push(() => proxy.stop());
  const robot = authority.issue({ names: ["robot"] });
  const authorities = write("ca.pem", authority.cert);
  const origin = `https://cloud.test:${gateway.port}`;
  const variables = {
    ...ironic.keystone?.system,
    API: origin,
    OS_AUTH_URL: `${origin}/v3`,
    OS_CERT: write("robot.pem", robot.cert + robot.key),
    HTTPS_PROXY: `http://user:proxy-password@${proxy.host}`,
  };
  const run = (changes: Record<string, string> = {}, store = authorities) =>
    runWithSystemStore(store, [process.execPath, "-e", SCRIPT], { ...variables, ...changes });

  expect(await run()).toMatchObject({ code: 0, stdout: "1.96\n", stderr: "" });
  expect(new Set(proxy.lines())).toEqual(new Set([`CONNECT cloud.test:${gateway.port}`]));
  expect(gateway.seen).toEqual(expect.arrayContaining(["POST /v3/auth/tokens", "GET /", "POST /v1/nodes"]));

  const untrusted = await run({}, write("other.pem", new Authority("another").cert));
  expect(untrusted.stdout).toMatch(/IRONIC_UNAVAILABLE .*give the CA that signed the API's certificate/);
  const unknown = await run({ OS_CERT: "" });
  expect(unknown.stdout).toMatch(/IRONIC_UNAVAILABLE .*set cert and key/);
  const refused = await run({ HTTPS_PROXY: `http://user:wrong@${proxy.host}` });
  expect(refused.stdout).toMatch(/IRONIC_UNAVAILABLE .*responded with 407/);
  expect(refused.stdout).not.toContain("wrong");
  const direct = await run({ NO_PROXY: "cloud.test" });
  expect(direct.stdout).toMatch(/IRONIC_UNAVAILABLE .*(ENOTFOUND|EAI_AGAIN)/);
});
