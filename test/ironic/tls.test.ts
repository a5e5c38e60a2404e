import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromEnvironment, IronicClient, type IronicError, noAuth } from "../../src/ironic";
import { createCertificate } from "../../src/tfplugin/transport/certificate";

/** Keystone and Ironic in one server, with a certificate of an unknown authority. */
let server: Server;
let url: string;
let folder: string;
let cacert: string;
beforeAll(async () => {
  const { pem, keyPem } = createCertificate();
  folder = mkdtempSync(join(tmpdir(), "tls-"));
  cacert = join(folder, "ca.pem");
  writeFileSync(cacert, pem);
  server = createServer({ cert: pem, key: keyPem }, (request, response) => {
    if (request.method === "POST") {
      const catalog = [{ type: "baremetal", endpoints: [{ interface: "public", region: "one", url }] }];
      response.writeHead(201, { "x-subject-token": "token" }).end(JSON.stringify({ token: { catalog } }));
    } else response.end(JSON.stringify({ default_version: { min_version: "1.1", version: "1.80" } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** The results of clients with these variables, for Ironic alone and with Keystone. */
async function versions(variables: Record<string, string>): Promise<(string | IronicError)[]> {
  const user = { OS_USERNAME: "u", OS_PASSWORD: "p", OS_PROJECT_NAME: "r" };
  const ways = [
    { OS_AUTH_TYPE: "none", OS_ENDPOINT: url },
    { ...user, OS_AUTH_URL: url },
  ];
  return Promise.all(
    ways.map(async (way) => {
      const { auth = noAuth(), ...settings } = fromEnvironment({ ...way, ...variables }) ?? {};
      const client = new IronicClient({ ...settings, auth, retryFor: 0 });
      try {
        return await client.microversion();
      } catch (error) {
        return error as IronicError;
      } finally {
        await client.close();
      }
    }),
  );
}

test("a certificate of an unknown authority is refused, with advice", async () => {
  const refused = { code: "IRONIC_UNAVAILABLE", hint: "give the CA that signed the API's certificate (cacert)" };
  expect(await versions({})).toEqual([expect.objectContaining(refused), expect.objectContaining(refused)]);
});

test("cacert makes it known, to Keystone's client as well", async () => {
  expect(await versions({ OS_CACERT: cacert })).toEqual(["1.80", "1.80"]);
});

test("another CA does not", async () => {
  const other = join(folder, "other.pem");
  writeFileSync(other, createCertificate().pem);
  const refused = expect.objectContaining({ code: "IRONIC_UNAVAILABLE" });
  expect(await versions({ OS_CACERT: other })).toEqual([refused, refused]);
});

test("insecure checks none", async () => {
  expect(await versions({ OS_INSECURE: "true" })).toEqual(["1.80", "1.80"]);
});
