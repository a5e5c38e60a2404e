import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as requestPlainly } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { makeCa, readPem, type TestCa } from "./ca";
import { inRootOrFail, SharedFolder } from "./root";
import { freePort, Service } from "./service";
import { TokenServer, type TokenServerOptions } from "./token-server";

/** Who may use the registry, in `htpasswd` mode. */
export const USER = { name: "rack", password: "e2e-registry-password" } as const;

export interface RealRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Not shown by a registry that speaks plain HTTP. */
  readonly tls: TestCa;
  readonly isPlainHttp: boolean;
  /** Shared with the programs in the root: files to push, credentials. */
  readonly folder: SharedFolder;
  service: Service;
  /** In `token` mode. */
  readonly tokens: TokenServer | undefined;
  /** Ends it and starts it again, with the same address and storage. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface RealRegistryOptions {
  /** Bytes of its storage, a file system of its own. Default: the disk's. */
  readonly storageBytes?: number;
  /** `user:password` of who may use it, in `htpasswd` mode. Default {@link USER}. */
  readonly account?: string;
  /** Who gets what, in `token` mode. */
  readonly tokens?: TokenServerOptions;
  /** Lets in only who shows a certificate of the test's CA. */
  readonly clientCertificates?: boolean;
  /** Speaks plain HTTP. */
  readonly plainHttp?: boolean;
}

/**
 * Debian's docker-registry over TLS with the test's own CA: open, with basic authentication, or with bearer tokens of the
 * test's own token server.
 */
export async function startRegistry(
  auth: "open" | "htpasswd" | "token",
  options: RealRegistryOptions = {},
): Promise<RealRegistry> {
  const folder = new SharedFolder("registry");
  const tls = await makeCa(folder);
  const port = await freePort();
  const { inside, outside } = folder;
  const storage = join(outside, "storage");
  mkdirSync(storage);
  if (options.storageBytes)
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${options.storageBytes}`, "tmpfs", storage]);
  if (auth === "htpasswd") {
    const [name = "", password = ""] = (options.account ?? `${USER.name}:${USER.password}`).split(":");
    const line = await inRootOrFail("htpasswd", ["-niB", name], { stdin: password });
    writeFileSync(join(outside, "htpasswd"), line);
  }
  const tokens = auth === "token" ? await TokenServer.start(tls, options.tokens ?? { accounts: [] }) : undefined;
  const config = {
    version: 0.1,
    log: { accesslog: { disabled: false }, level: "warn" },
    storage: { filesystem: { rootdirectory: `${inside}/storage` }, delete: { enabled: true } },
    http: {
      addr: `127.0.0.1:${port}`,
      ...(!options.plainHttp && {
        tls: {
          certificate: `${inside}/server.pem`,
          key: `${inside}/server.key`,
          ...(options.clientCertificates && { clientcas: [`${inside}/ca.pem`] }),
        },
      }),
    },
    ...(auth === "htpasswd" && { auth: { htpasswd: { realm: "e2e", path: `${inside}/htpasswd` } } }),
    ...(tokens && { auth: tokens.configuration(`${inside}/ca.pem`) }),
  };
  // JSON is YAML.
  writeFileSync(join(outside, "config.yml"), JSON.stringify(config));
  const isPlainHttp = options.plainHttp === true;
  const serve = async () => {
    const service = new Service("docker-registry", ["serve", `${inside}/config.yml`]);
    await service.until(() => answers(port, isPlainHttp ? undefined : tls));
    return service;
  };
  const registry: RealRegistry = {
    host: `127.0.0.1:${port}`,
    tls,
    isPlainHttp,
    folder,
    service: await serve(),
    tokens,
    async restart() {
      await registry.service.stop();
      registry.service = await serve();
    },
    async stop() {
      await registry.service.stop();
      await tokens?.stop();
      if (options.storageBytes) execFileSync("umount", [storage]);
      folder.remove();
    },
  };
  return registry;
}

function answers(port: number, tls: TestCa | undefined): Promise<boolean> {
  const target = { host: "127.0.0.1", port, path: "/v2/", agent: false as const };
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode === 200 || response.statusCode === 401);
    };
    const probe = tls
      ? request({ ...target, ca: readPem(tls.ca), cert: readPem(tls.cert), key: readPem(tls.key) }, answered)
      : requestPlainly(target, answered);
    probe.on("error", reject).end();
  });
}
