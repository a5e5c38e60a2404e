import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import { RegistryStore } from "../../src/testing/registry";
import { pushBenchTags } from "./tags";

export interface DockerRegistry {
  readonly host: string;
  stop(): Promise<void>;
}

/**
 * Debian's docker-registry over plain HTTP, with the tags that the in-process registry has. They are written straight into
 * its storage (distribution, "Storage Driver", path layout): pushing thirty thousand manifests would take minutes.
 */
export async function startDockerRegistry(root: string, tags: number): Promise<DockerRegistry> {
  const folder = mkdtempSync(join(root, "tmp", "bench-registry-"));
  const store = new RegistryStore();
  pushBenchTags(store, tags);
  writeStorage(join(folder, "docker", "registry", "v2"), store);
  const port = await freePort();
  const inside = folder.slice(root.length);
  // JSON is YAML.
  const config = {
    version: 0.1,
    log: { accesslog: { disabled: true }, level: "error" },
    storage: { filesystem: { rootdirectory: inside, maxthreads: 100 }, cache: { blobdescriptor: "inmemory" } },
    http: { addr: `127.0.0.1:${port}` },
  };
  writeFileSync(join(folder, "config.yml"), JSON.stringify(config));
  const argv = [root, "docker-registry", "serve", `${inside}/config.yml`];
  const child = spawn("chroot", argv, { stdio: ["ignore", "ignore", "pipe"] });
  // Every check for a blob that is not there is an error for its log: shown only where it does not start.
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-4_000);
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  // What ends this process without a stop() ends the registry all the same.
  process.on("exit", () => child.kill());
  const host = `127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    const answer = await request(`http://${host}/v2/`).catch(() => undefined);
    await answer?.body.dump();
    if (answer?.statusCode === 200) break;
    if (tries > 300 || child.exitCode !== null) throw new Error(`docker-registry did not start: ${log}`);
    await delay(100);
  }
  return {
    host,
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

const REPOSITORY = "bench/image";

function writeStorage(base: string, store: RegistryStore): void {
  const content = store.repository(REPOSITORY);
  const hex = (digest: string) => digest.slice("sha256:".length);
  const write = (path: string, bytes: string | Uint8Array) => {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), bytes);
  };
  const blob = (digest: string, bytes: Uint8Array) =>
    write(`blobs/sha256/${hex(digest).slice(0, 2)}/${hex(digest)}/data`, bytes);
  const folder = `repositories/${REPOSITORY}`;
  for (const [digest, bytes] of content.blobs) {
    blob(digest, bytes);
    write(`${folder}/_layers/sha256/${hex(digest)}/link`, digest);
  }
  for (const [digest, { bytes }] of content.manifests) {
    blob(digest, bytes);
    write(`${folder}/_manifests/revisions/sha256/${hex(digest)}/link`, digest);
  }
  for (const [tag, digest] of content.tags) {
    write(`${folder}/_manifests/tags/${tag}/current/link`, digest);
    write(`${folder}/_manifests/tags/${tag}/index/sha256/${hex(digest)}/link`, digest);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
