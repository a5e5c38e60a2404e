// From a provider's start to its handshake, and to its first response, the schema: beside `node -e 0`, beside a provider
// built the same way that does nothing, and beside one in Go with the same schema; as a script, and as the self-contained executable of
// `npm run release`, beside `node -e 0` of the Node inside of it. Sizes, and memory after the first response. In turn, round by round.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client, credentials } from "@grpc/grpc-js";
import { nodeBinary } from "../scripts/release/node-binaries";
import { type Certificate, createCertificate } from "../src/tfplugin/transport/certificate";
import { goProvider } from "./support/go-provider";
import { releasedExecutable } from "./support/release";
import { dist, measure, median, printTable } from "./support/run";
import { bundleNullProvider } from "./support/terraform";

const ROUNDS = 20;
/** What Terraform says to a provider (go-plugin's handshake). */
const COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bench-handshake-"));
  const nothing = join(folder, "terraform-provider-null");
  await bundleNullProvider(nothing);
  const script = join(dist, "provider/terraform-provider-ironic");
  const providers = [
    provider("null provider", nothing, process.execPath),
    provider("ironic, the script", script, process.execPath),
  ];
  const executable = releasedExecutable("terraform-provider-ironic", folder);
  if (executable !== undefined) {
    const node = nodeBinary("linux_amd64").executable;
    providers.push(provider("the script, with the executable's Node", script, node, [node]));
    providers.push(provider("ironic, the executable", executable, node));
  }
  const { response } = await greet([process.execPath, script], folder);
  const go = goProvider(response, folder);
  if (go !== undefined) providers.push(provider("a provider in Go that has the schema only", go, process.execPath));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { node, command, bare, handshake, schema, memory } of providers) {
      bare.push((await measure([node, "-e", "0"])).time);
      const seen = await greet(command, folder);
      handshake.push(seen.handshake);
      schema.push(seen.schema);
      memory.push(seen.memory);
    }
  }
  const rows = providers.map(({ name, file, bare, handshake, schema, memory }) => [
    name,
    `${(statSync(file).size / 2 ** 20).toFixed(1)} MiB`,
    `${median(bare).toFixed(0)} ms`,
    ...figures(handshake, bare),
    ...figures(schema, bare),
    `${median(memory).toFixed(0)} MiB`,
  ]);
  rmSync(folder, { recursive: true });
  console.log(`${ROUNDS} rounds\n`);
  const headings = ["to the handshake", "minimum", "over node -e 0"];
  const titles = [
    "provider",
    "size",
    "node -e 0",
    ...headings,
    "to the schema",
    "minimum",
    "over node -e 0",
    "own memory",
  ];
  printTable(titles, rows);
}

function provider(name: string, file: string, node: string, before: readonly string[] = []) {
  const [bare, handshake, schema, memory]: [number[], number[], number[], number[]] = [[], [], [], []];
  return { name, file, command: [...before, file], node, bare, handshake, schema, memory };
}

function figures(times: readonly number[], bare: readonly number[]): string[] {
  const all = [median(times), Math.min(...times), median(times) - median(bare)];
  return all.map((time) => `${time.toFixed(0)} ms`);
}

interface Greeted {
  /** Milliseconds. */
  readonly handshake: number;
  readonly schema: number;
  readonly response: Buffer;
  /** MiB. */
  readonly memory: number;
}

/**
 * MiB of a process that are no file's. Pages of files are shared by all processes with the same Node, and how many of them count as one
 * process's depends on how the file came into the page cache: 30 MiB more for one that has just been written.
 */
function ownMemory(pid: number | undefined): number {
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1_024;
}

/** Starts a provider and asks it for its schema, as Terraform does. */
async function greet([program = "", ...argv]: readonly string[], folder: string): Promise<Greeted> {
  const clientCertificate = createCertificate();
  const started = performance.now();
  const child = spawn(program, argv, {
    env: {
      ...process.env,
      ...{ TF_PLUGIN_MAGIC_COOKIE: COOKIE, PLUGIN_PROTOCOL_VERSIONS: "6", PLUGIN_CLIENT_CERT: clientCertificate.pem },
      // Where the socket is put; go-plugin 1.0 puts it among the temporary files.
      PLUGIN_UNIX_SOCKET_DIR: folder,
      TMPDIR: folder,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const handshake = performance.now() - started;
  const [, , , address = "", , certificate = ""] = line.split("|");
  const response = await requestSchema(address, clientCertificate, certificate);
  const schema = performance.now() - started;
  const memory = ownMemory(child.pid);
  child.kill("SIGKILL");
  await once(child, "close");
  return { handshake, schema, response, memory };
}

async function requestSchema(socket: string, clientCertificate: Certificate, certificate: string): Promise<Buffer> {
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
  try {
    return await new Promise((resolve, reject) => {
      const path = "/tfplugin6.Provider/GetProviderSchema";
      client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), (error, response = Buffer.alloc(0)) =>
        error ? reject(error) : resolve(response),
      );
    });
  } finally {
    client.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
