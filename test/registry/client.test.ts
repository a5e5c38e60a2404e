import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Reference } from "../../src/reference";
import { dockerConfig, type Keychain, pullSecrets, RegistryClient } from "../../src/registry";
import { InProcessRegistry, type InProcessRegistryOptions, pushArtifact } from "../../src/testing/registry";

let registry: InProcessRegistry;
let client: RegistryClient;

async function start(
  options: InProcessRegistryOptions = {},
  credentials?: (host: string) => Keychain,
): Promise<Reference> {
  registry = await InProcessRegistry.start(options);
  client = new RegistryClient({
    plainHttp: [registry.host],
    retry: { attempts: 3, baseDelay: 1, maxDelay: 2000 },
    timeout: 300,
    ...(credentials && { credentials: credentials(registry.host) }),
  });
  for (const tag of ["a", "b", "c"]) pushArtifact(registry.store, "r", { tag, files: [{ content: tag }] });
  return Reference.parse(`oci://${registry.host}/r:a`);
}
afterEach(async () => {
  await client.close();
  await registry.stop();
});

test("the tag list is followed over its pages", async () => {
  const at = await start({ pageSize: 1 });
  expect(await client.listTags(at)).toEqual(["a", "b", "c"]);
  expect(registry.requests).toHaveLength(3);
});

test.each([429, 500, 503])("%i is retried within the policy's attempts", async (status) => {
  const at = await start();
  let failures = 2;
  registry.intercept = (_request, response) => {
    if (failures-- <= 0) return false;
    response.writeHead(status, { "retry-after": "0" }).end();
    return true;
  };
  await expect(client.getManifest(at)).resolves.toMatchObject({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
  });
  expect(registry.requests).toHaveLength(3);
  failures = Number.POSITIVE_INFINITY;
  await expect(client.getManifest(at)).rejects.toMatchObject({ status });
  expect(registry.requests).toHaveLength(6);
});

test("bytes that are not the digest's are refused", async () => {
  const at = await start();
  const { digest } = await client.getManifest(at);
  registry.intercept = (_request, response) => {
    response.writeHead(200, { "content-type": "application/vnd.oci.image.manifest.v1+json" }).end("{}");
    return true;
  };
  await expect(client.getManifest(at.withDigest(digest))).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
});

test("a missing response is a timeout", async () => {
  const at = await start();
  registry.intercept = () => true;
  await expect(client.getManifest(at)).rejects.toMatchObject({ code: "REGISTRY_TIMEOUT" });
});

test("a pull secret without a colon goes to the token endpoint as Ironic sends it", async () => {
  const at = await start(
    { auth: { mode: "bearer", username: "", password: "c2VjcmV0", field: "access_token" } },
    (host) => pullSecrets({ [host]: "c2VjcmV0" }),
  );
  await expect(client.getManifest(at)).resolves.toBeDefined();
});

test("basic credentials come from a Docker configuration, by exact host", async () => {
  const folder = mkdtempSync(join(tmpdir(), "docker-config-"));
  const path = join(folder, "config.json");
  const auth = Buffer.from("u:p").toString("base64");
  const at = await start({ auth: { mode: "basic", username: "u", password: "p" } }, () => dockerConfig(path));
  writeFileSync(path, JSON.stringify({ auths: { [registry.host]: { auth } } }));
  await expect(client.getManifest(at)).resolves.toBeDefined();
  rmSync(folder, { recursive: true });
});
