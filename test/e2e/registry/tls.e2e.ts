import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { RegistryClient, type RegistryClientOptions } from "../../../src/registry";
import { referenceTo, rejection } from "../../registry/support";
import { type RealRegistry, startRegistry } from "../support/registry";
import { runWithSystemStore } from "../support/system-store";

const CLI = join(__dirname, "..", "..", "..", "dist", "cli", "ironic-oci.js");

// Go's TLS is what most registries have; what it says when it refuses is not what Node's says.
let registry: RealRegistry;
beforeAll(async () => {
  registry = await startRegistry("open", { clientCertificates: true });
});
afterAll(() => registry.stop());

/** The registry's folder of certificates, with these of the test's CA in it. */
function folderWith(name: string, files: Readonly<Record<string, "ca" | "cert" | "key">>): string {
  const folder = join(registry.folder.outside, name);
  const own = join(folder, registry.host);
  mkdirSync(own, { recursive: true });
  for (const [file, from] of Object.entries(files)) copyFileSync(registry.tls[from], join(own, file));
  return folder;
}

async function ask(options: RegistryClientOptions): Promise<Error & Record<string, unknown>> {
  const client = new RegistryClient({ environment: {}, certificateFolders: [], ...options });
  try {
    // Nothing was ever pushed: an answer to that is an answer.
    return await rejection(client.getManifest(referenceTo(registry, "images/one:tag")));
  } finally {
    await client.close();
  }
}

test("a client certificate in the registry's folder is shown, and let in", async () => {
  const folder = folderWith("pair", { "ca.crt": "ca", "client.cert": "cert", "client.key": "key" });
  expect(await ask({ certificateFolders: [folder] })).toMatchObject({ code: "TAG_NOT_FOUND", status: 404 });
});

test("without one the error says what is missing, and where to put it", async () => {
  const error = await ask({ certificateFolders: [folderWith("ca-only", { "ca.crt": "ca" })] });
  expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  expect(error.message).toContain("the registry requires a client certificate, or another one");
  expect(error.hint).toContain("client.cert and client.key");
});

test("an authority in the system's store is trusted, and one that is not there is not", async () => {
  const open = await startRegistry("open");
  try {
    const command = [process.execPath, CLI, "resolve", `oci://${open.host}/images/one:tag`];
    const trusted = await runWithSystemStore(open.tls.ca, command);
    expect(trusted).toMatchObject({ code: 1, stderr: expect.stringContaining('no tag "tag" in this repository') });
    const other = await runWithSystemStore(registry.tls.ca, command);
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the certificate's issuer is not trusted"),
    });
  } finally {
    await open.stop();
  }
});

test("a registry that nobody vouches for is not trusted", async () => {
  expect((await ask({})).message).toContain("the certificate's issuer is not trusted");
});

test("plain HTTP to it is answered by an error that does not go on with HTTPS", async () => {
  const error = await ask({ plainHttp: [registry.host] });
  expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE", status: 400 });
  expect(error.hint).toContain("plainHttp");
});
