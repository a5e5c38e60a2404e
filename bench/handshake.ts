// From a provider's start to its handshake, and to its first response, the schema: beside `node -e 0`, and beside a provider
// built the same way that does nothing. In turn, round by round.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client, credentials } from "@grpc/grpc-js";
import { type Certificate, createCertificate } from "../src/tfplugin/transport/certificate";
import { dist, measure, median, printTable } from "./support/run";
import { bundleNullProvider } from "./support/terraform";

const ROUNDS = 20;
/** What Terraform says to a provider (go-plugin's handshake). */
const COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bench-handshake-"));
  const nothing = join(folder, "terraform-provider-null");
  await bundleNullProvider(nothing);
  const bare: number[] = [];
  const providers = [
    { name: "null provider", file: nothing, handshake: [] as number[], schema: [] as number[] },
    { name: "ironic", file: join(dist, "provider/terraform-provider-ironic"), handshake: [], schema: [] },
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push((await measure([process.execPath, "-e", "0"])).time);
    for (const { file, handshake, schema } of providers) {
      const times = await greet(file, folder);
      handshake.push(times.handshake);
      schema.push(times.schema);
    }
  }
  rmSync(folder, { recursive: true });
  const rows = providers.map(({ name, handshake, schema }) => [
    name,
    ...figures(handshake, bare),
    ...figures(schema, bare),
  ]);
  console.log(
    `${ROUNDS} rounds; node -e 0: median ${median(bare).toFixed(0)} ms, minimum ${Math.min(...bare).toFixed(0)} ms\n`,
  );
  const headings = ["to the handshake", "minimum", "over node -e 0"];
  printTable(["provider", ...headings, "to the schema", "minimum", "over node -e 0"], rows);
}

function figures(times: readonly number[], bare: readonly number[]): string[] {
  const all = [median(times), Math.min(...times), median(times) - median(bare)];
  return all.map((time) => `${time.toFixed(0)} ms`);
}

/** Starts a provider and asks it for its schema, as Terraform does. */
async function greet(file: string, folder: string): Promise<{ readonly handshake: number; readonly schema: number }> {
  const clientCertificate = createCertificate();
  const started = performance.now();
  const child = spawn(file, [], {
    env: {
      ...process.env,
      ...{ TF_PLUGIN_MAGIC_COOKIE: COOKIE, PLUGIN_PROTOCOL_VERSIONS: "6", PLUGIN_CLIENT_CERT: clientCertificate.pem },
      PLUGIN_UNIX_SOCKET_DIR: folder,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const handshake = performance.now() - started;
  const [, , , address = "", , certificate = ""] = line.split("|");
  await requestSchema(address, clientCertificate, certificate);
  const schema = performance.now() - started;
  child.kill("SIGKILL");
  await once(child, "close");
  return { handshake, schema };
}

async function requestSchema(socket: string, clientCertificate: Certificate, certificate: string): Promise<void> {
  // The handshake leaves out the padding.
  const lines =
    Buffer.from(certificate, "base64")
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  const trusted = credentials.createSsl(
    Buffer.from(pem),
    Buffer.from(clientCertificate.keyPem),
    Buffer.from(clientCertificate.pem),
  );
  const client = new Client(`unix:${socket}`, trusted, {
    "grpc.ssl_target_name_override": "localhost",
    "grpc.default_authority": "localhost",
  });
  const bytes = (value: Buffer) => value;
  await new Promise<void>((resolve, reject) => {
    const path = "/tfplugin6.Provider/GetProviderSchema";
    client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), (error) => (error ? reject(error) : resolve()));
  });
  client.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
