import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { makeCa, readPem, type TestCa } from "./ca";
import { inRootOrFail, SharedFolder } from "./root";
import { freePort, Service } from "./service";

/** Who may use the registry, in `htpasswd` mode. */
export const USER = { name: "rack", password: "e2e-registry-password" } as const;

export interface RealRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly tls: TestCa;
  /** Shared with the programs in the root: files to push, credentials. */
  readonly folder: SharedFolder;
  readonly service: Service;
  stop(): Promise<void>;
}

/** Debian's docker-registry over TLS with the test's own CA, open or with basic authentication. */
export async function startRegistry(auth: "open" | "htpasswd"): Promise<RealRegistry> {
  const folder = new SharedFolder("registry");
  const tls = await makeCa(folder);
  const port = await freePort();
  const { inside, outside } = folder;
  mkdirSync(join(outside, "storage"));
  if (auth === "htpasswd") {
    const line = await inRootOrFail("htpasswd", ["-niB", USER.name], { stdin: USER.password });
    writeFileSync(join(outside, "htpasswd"), line);
  }
  const config = {
    version: 0.1,
    log: { accesslog: { disabled: false }, level: "warn" },
    storage: { filesystem: { rootdirectory: `${inside}/storage` }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, tls: { certificate: `${inside}/server.pem`, key: `${inside}/server.key` } },
    ...(auth === "htpasswd" && { auth: { htpasswd: { realm: "e2e", path: `${inside}/htpasswd` } } }),
  };
  // JSON is YAML.
  writeFileSync(join(outside, "config.yml"), JSON.stringify(config));
  const service = new Service("docker-registry", ["serve", `${inside}/config.yml`]);
  await service.until(() => answers(port, readPem(tls.ca)));
  return {
    host: `127.0.0.1:${port}`,
    tls,
    folder,
    service,
    async stop() {
      await service.stop();
      folder.remove();
    },
  };
}

function answers(port: number, ca: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = request({ host: "127.0.0.1", port, path: "/v2/", ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 || response.statusCode === 401);
    });
    probe.on("error", reject).end();
  });
}
