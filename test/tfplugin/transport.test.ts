import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { pluginFor, schema } from "../../src/tfplugin";
import { type Method, Provider } from "../../src/tfplugin/proto/tfplugin6";
import { createCertificate } from "../../src/tfplugin/transport/certificate";
import { listen } from "../../src/tfplugin/transport/listen";
import { nullProvider } from "../support/null-provider";
import { type Plugin, PluginClient, startPlugin } from "../support/plugin/client";

// gRPC and TLS around the calls: who is let in, what else is answered, and how it ends.
let plugin: Plugin;
beforeEach(async () => {
  plugin = await startPlugin(nullProvider());
});
afterEach(() => plugin.stop());

const target = () => `unix:${plugin.listening.address.address}`;

test("every call of the protocol is served", async () => {
  for (const method of Object.keys(Provider) as Method[])
    await expect(plugin.client.call(method, {}).then(() => method)).resolves.toBe(method);
});

describe("mutual TLS", () => {
  const refused = async (client: PluginClient) => {
    await expect(client.call("GetMetadata", {})).rejects.toMatchObject({ code: 14 }); // UNAVAILABLE
    client.close();
  };

  test("lets in who has the certificate that was announced", async () => {
    expect((await plugin.client.call("GetMetadata", {})).resources).toEqual([{ typeName: "null_resource" }]);
  });

  test("a client with another certificate is not let in", async () => {
    await refused(new PluginClient(target(), { own: createCertificate(), server: plugin.serverCertificate.pem }));
  });

  test("nor is one without TLS", async () => {
    await refused(new PluginClient(target()));
  });

  test("nor is one with TLS and no certificate", async () => {
    const { address } = plugin.listening.address;
    const socket = connect({
      path: address,
      ca: plugin.serverCertificate.pem,
      servername: "localhost",
      ALPNProtocols: ["h2"],
    });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.resume();
    await once(socket, "close");
    expect(await plugin.client.call("GetMetadata", {})).toMatchObject({ diagnostics: [] });
  });

  test("a client takes no other server for it", async () => {
    await refused(new PluginClient(target(), { own: plugin.clientCertificate, server: createCertificate().pem }));
  });

  test("the certificate is its own authority, for localhost, and valid now", () => {
    const certificate = new X509Certificate(createCertificate().der);
    expect(certificate.ca).toBe(true);
    expect(certificate.subjectAltName).toBe("DNS:localhost");
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now());
    expect(createCertificate().der).not.toEqual(createCertificate().der);
  });
});

test("go-plugin's own services: health, and the wish to end", async () => {
  const bytes = (buffer: Buffer) => [...buffer];
  expect(await plugin.client.raw("/grpc.health.v1.Health/Check", Buffer.alloc(0), bytes)).toEqual([8, 1]); // SERVING
  expect(plugin.shutdowns()).toBe(0);
  expect(await plugin.client.raw("/plugin.GRPCController/Shutdown", Buffer.alloc(0), bytes)).toEqual([]);
  expect(plugin.shutdowns()).toBe(1);
});

test("messages far beyond gRPC's usual limit pass", async () => {
  const text = "x".repeat(8 * 1024 * 1024);
  const json = Buffer.from(JSON.stringify({ triggers: { text }, id: "1" }));
  const { upgradedState } = await plugin.client.call("UpgradeResourceState", {
    typeName: "null_resource",
    version: 0,
    rawState: { json },
  });
  expect(upgradedState?.msgpack.length).toBeGreaterThan(text.length);
});

test("a message that cannot be read is refused, and the next one is served", async () => {
  const broken = plugin.client.raw("/tfplugin6.Provider/ReadResource", Buffer.from([0xff, 0xff]), (b) => b);
  await expect(broken).rejects.toMatchObject({ code: 13 }); // INTERNAL
  await expect(plugin.client.call("GetMetadata", {})).resolves.toMatchObject({ diagnostics: [] });
});

describe("the socket", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sockets-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const start = (socketFolder: string, ports?: { min: number; max: number }) =>
    listen({ handlers: plugin.server.handlers, onShutdown: () => {}, socketFolder, ports });

  test("is made where Terraform wants it, and is gone afterwards", async () => {
    const { address, close } = await start(folder);
    expect(address.network).toBe("unix");
    expect(address.address.startsWith(folder)).toBe(true);
    expect(existsSync(address.address)).toBe(true);
    await close();
    expect(existsSync(address.address)).toBe(false);
  });

  test("is a loopback port where the path would be too long for one", async () => {
    const long = mkdtempSync(join(folder, `${"long-".repeat(20)}`));
    const { address, close } = await start(long);
    expect(address).toEqual({ network: "tcp", address: expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/) });
    const client = new PluginClient(address.address);
    expect((await client.call("GetMetadata", {})).resources).toHaveLength(1);
    // A port that is taken, and no other allowed; grpc-js says so on the console, too.
    const console_ = jest.spyOn(console, "error").mockImplementation();
    const port = Number(address.address.split(":")[1]);
    await expect(start(long, { min: port, max: port })).rejects.toThrow("EADDRINUSE");
    console_.mockRestore();
    client.close();
    await close();
  });
});

test("closing waits for what was asked, and cuts what does not end", async () => {
  const { provider, dataSource } = pluginFor<undefined>();
  let asked: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const endless = await startPlugin(
    provider({
      address: "registry.terraform.io/example/endless",
      schema: schema({}),
      configure: () => undefined,
      dataSources: {
        endless: dataSource(schema({}), {
          validate: () => {
            asked();
            return new Promise(() => {});
          },
          read: () => ({}),
        }),
      },
    }),
  );
  const config = { json: Buffer.from("{}") };
  const waiting = endless.client.call("ValidateDataResourceConfig", { typeName: "endless", config });
  const cut = expect(waiting).rejects.toMatchObject({ code: expect.any(Number) });
  await begun;
  await endless.listening.close(10);
  await cut;
  endless.client.close();
});
