import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ironicProvider } from "../../src/provider";
import { InProcessIronic } from "../../src/testing/ironic";
import { InProcessRegistry, pushArtifact, pushIndex } from "../../src/testing/registry";
import type { Schema } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { createCertificate } from "../../src/tfplugin/transport/certificate";
import { PluginClient } from "../support/plugin/client";
import { configOf, decode, diagnosticsOf, encode } from "../support/plugin/values";

// The provider as it is shipped: one file, alone in a folder, started as Terraform starts it.
const BUNDLE = join(__dirname, "../../dist/provider/terraform-provider-ironic");
const { schema: providerSchema, dataSources = {} } = ironicProvider({}).options;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bundle-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const own = createCertificate();
const environment = (changed: Readonly<Record<string, string>>) => ({
  PATH: process.env.PATH,
  HOME: folder,
  TMPDIR: folder,
  TF_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
  PLUGIN_PROTOCOL_VERSIONS: "5,6",
  PLUGIN_CLIENT_CERT: own.pem,
  ...changed,
});

test("packages that load on first use: undici for an API, yaml for clouds.yaml, zod for credentials", async () => {
  const ironic = await InProcessIronic.start();
  ironic.store.createNode({ name: "one", driver: "fake-hardware" });
  const auth = { mode: "basic", username: "u", password: "p" } as const;
  const registry = await InProcessRegistry.start({ auth });
  const disk = pushArtifact(registry.store, "images/one", { files: [{ content: "disk" }] });
  pushIndex(registry.store, "images/one", "tag", [{ ...disk, disktype: "qcow2" }]);
  writeFileSync(
    join(folder, "clouds.yaml"),
    `clouds: { lab: { auth_type: none, baremetal_endpoint_override: "${ironic.url}" } }`,
  );
  mkdirSync(join(folder, ".docker"));
  const auths = { [registry.host]: { auth: Buffer.from("u:p").toString("base64") } };
  writeFileSync(join(folder, ".docker", "config.json"), JSON.stringify({ auths }));

  // Beside the repository, Node would find its packages.
  const provider = join(folder, "terraform-provider-ironic");
  copyFileSync(BUNDLE, provider);
  const child = spawn(provider, [], {
    cwd: folder,
    env: environment({ OS_CLOUD: "lab" }),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const [, , , socket, , der = ""] = line.split("|");
  const server = new X509Certificate(Buffer.from(der, "base64")).toString();
  const client = new PluginClient(`unix:${socket}`, { own, server });
  const configure = { plain_http: [registry.host] };
  const { diagnostics } = await client.call("ConfigureProvider", {
    terraformVersion: "1.11.4",
    config: encode(providerSchema as Schema, configOf(providerSchema as Schema, configure)),
  });
  expect(diagnosticsOf(diagnostics)).toEqual([]);
  const read = async (typeName: string, configured: TfObject) => {
    const schema = dataSources[typeName]?.schema as Schema;
    const config = encode(schema, configOf(schema, configured));
    const response = await client.call("ReadDataSource", { typeName, config });
    expect(diagnosticsOf(response.diagnostics).filter(({ severity }) => severity === "error")).toEqual([]);
    return response.state && decode(schema, response.state);
  };
  expect(await read("ironic_node", { node: "one" })).toMatchObject({ name: "one" });
  const source = `oci://${registry.host}/images/one:tag`;
  expect(await read("ironic_oci_image", { source })).toMatchObject({ digest: disk.digest });

  await client.raw("/plugin.GRPCController/Shutdown", Buffer.alloc(0), () => undefined);
  client.close();
  expect(await ended).toEqual([0, null]);
  await registry.stop();
  await ironic.stop();
});
