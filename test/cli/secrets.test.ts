import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { inspect } from "node:util";
import { App, TerraformStack } from "cdktf";
import { BareMetalNode, OciImage, OciResolver, PullSecret, synthesize } from "cdktf-ironic-oci";
import { run } from "../../src/cli/program";
import { readFirst } from "../../src/ironic/cloud-settings/files";
import { readTlsFiles } from "../../src/ironic/tls";
import { Reference } from "../../src/reference";
import { type Credential, defaultKeychain, type Keychain, pullSecrets, RegistryClient } from "../../src/registry";
import { Policy } from "../../src/signing";
import { faults, InProcessRegistry, type InProcessRegistryOptions, pushArtifact } from "../../src/testing/registry";
import { Authority, selfSigned } from "../support/authority";
import { runToEnd } from "../support/run";

/**
 * Looks through everything that the program prints or writes for each secret that it was given, as it was given and in
 * the forms in which it travels.
 */
const PASSWORD = 'Pa55&w/rd+é="%-of-the-robot';
const REFRESH = "refresh/token+of=the&robot";
const REGISTRY_TOKEN = "registry-token-of-the-robot";
const HELPER = "from-a-helper/a+b=c&d";
const PULL_SECRET = Buffer.from("robot:pull-secret-of-the-robot").toString("base64");
const PROXY = "proxy-password-of-the-robot";
const ALL = [PASSWORD, REFRESH, REGISTRY_TOKEN, HELPER, PULL_SECRET, "pull-secret-of-the-robot", PROXY];

const base64 = (text: string) => Buffer.from(text).toString("base64");
const FORMS = ALL.flatMap((secret) => {
  const plain = [secret, base64(secret), base64(`robot:${secret}`), base64(`:${secret}`), base64(`<token>:${secret}`)];
  const unpadded = plain.map((text) => text.replace(/=+$/, ""));
  const url = [...plain.map(encodeURIComponent), new URLSearchParams({ "": secret }).toString().slice(1)];
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    ...plain,
    ...unpadded,
    ...url,
    json,
    Buffer.from(secret).toString("base64url"),
    Buffer.from(secret).toString("hex"),
  ];
});

/** What of the secrets is in a text; nothing, if all is well. */
function found(text: string): string[] {
  return FORMS.filter((form) => text.includes(form));
}

/** Everything that can be got out of a value by printing it. */
function everythingOf(value: unknown): string {
  const parts = [
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null }),
    String(value),
  ];
  for (let at = value; at instanceof Error; at = at.cause) parts.push(at.stack ?? "", JSON.stringify({ ...at }));
  return parts.join("\n");
}

let folder: string;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "secrets-"));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
  for (const name of ["REGISTRY_AUTH_FILE", "HTTPS_PROXY"]) delete process.env[name];
});

async function serve(options: InProcessRegistryOptions = {}): Promise<InProcessRegistry> {
  const registry = await InProcessRegistry.start(options);
  closers.push(() => registry.stop());
  pushArtifact(registry.store, "images/one", {
    tag: "tag",
    files: [{ content: "x" }],
    annotations: { disktype: "raw" },
  });
  return registry;
}

/** Where a secret is kept: a credentials file's entry for the registry, and the files that belong to it. */
const SOURCES: Readonly<Record<string, (host: string) => Record<string, unknown>>> = {
  "a password in a file": (host) => ({ auths: { [host]: { auth: base64(`robot:${PASSWORD}`) } } }),
  "an identity token": (host) => ({ auths: { [host]: { auth: base64("robot:"), identitytoken: REFRESH } } }),
  "a registry token": (host) => ({ auths: { [host]: { registrytoken: REGISTRY_TOKEN } } }),
  "a credential helper": (host) => ({ credHelpers: { [host]: "of-the-test" } }),
};

function writeAuthFile(content: unknown): string {
  const path = join(folder, "auth.json");
  writeFileSync(path, JSON.stringify(content));
  return path;
}

function installHelper(script = `printf '{"Username":"robot","Secret":"${HELPER}"}'`): string {
  const path = join(folder, "docker-credential-of-the-test");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return `${folder}:${process.env.PATH}`;
}

interface Failure {
  readonly server?: InProcessRegistryOptions;
  readonly fault?: (origin: string) => Parameters<typeof faults.on>[1];
  /** Whether the client has no fault to find, and the resolver does. */
  readonly unnoticed?: true;
  /** Some take the default policy's patience, which is not the command line's to change. */
  readonly inCli?: false;
}

const bearer = { auth: { mode: "bearer", username: "nobody", password: "else" } } as const;
/** Sends back what it was shown: every header and, of a POST, the body. */
const echo =
  (how: (shown: string) => Parameters<typeof faults.on>[1]): Parameters<typeof faults.on>[1] =>
  async (request, response) => {
    let shown = request.headers.authorization ?? "";
    for await (const chunk of request) shown += String(chunk);
    return shown === ""
      ? faults.status(401, { headers: { "www-authenticate": "Basic" } })(request, response)
      : how(shown)(request, response);
  };
const decoded = (shown: string) => `${shown} ${Buffer.from(shown.replace(/^Basic /, ""), "base64").toString()}`;

const FAILURES: Readonly<Record<string, Failure>> = {
  "refused with 401": { server: { auth: { mode: "basic", username: "nobody", password: "else" } } },
  "refused by the token endpoint": { server: bearer },
  "refused with 403": { fault: () => echo(() => faults.status(403, { registryCode: "DENIED" })) },
  "a tag that isn't there": { fault: () => echo(() => faults.status(404, { registryCode: "MANIFEST_UNKNOWN" })) },
  throttled: { fault: () => echo(() => faults.throttle(3_600)) },
  "a server error": { fault: () => echo(() => faults.status(500)), inCli: false },
  "a reset": { fault: () => echo(() => faults.reset()), inCli: false },
  "a reset inside a body": { fault: () => echo(() => faults.resetInsideBody()), inCli: false },
  silence: { fault: () => echo(() => faults.silence()), inCli: false },
  "a redirect elsewhere": { fault: () => echo(() => faults.redirect("http://127.0.0.1:1/elsewhere")) },
  "a circle of redirects": { fault: () => echo(() => faults.redirect("/v2/again")) },
  "an error that repeats what it was shown": {
    fault: () =>
      echo((shown) =>
        faults.status(400, { body: JSON.stringify({ errors: [{ code: decoded(shown), message: decoded(shown) }] }) }),
      ),
  },
  "a page that repeats it": { fault: () => echo((shown) => faults.replaceBody(`<html>${decoded(shown)}`)) },
  "a manifest that repeats it": {
    fault: () => echo((shown) => faults.replaceBody(JSON.stringify({ mediaType: "x", what: decoded(shown) }))),
    unnoticed: true,
  },
  "no HTTP, but what repeats it": { fault: () => echo((shown) => faults.raw(`${decoded(shown)}\r\n\r\n`)) },
  "a token endpoint that repeats it": {
    server: bearer,
    fault: () =>
      faults.on(
        /token/,
        echo((shown) => faults.status(400, { body: decoded(shown) })),
      ),
  },
  "a token endpoint that gives no token, but what it was shown": {
    server: bearer,
    fault: () =>
      faults.on(
        /token/,
        echo((shown) => faults.replaceBody(JSON.stringify({ token: `${decoded(shown)} \n` }))),
      ),
  },
  "a token endpoint that speaks no HTTP": {
    server: bearer,
    fault: () =>
      faults.on(
        /token/,
        echo((shown) => faults.raw(`${decoded(shown)}\r\n\r\n`)),
      ),
  },
  "a realm that secrets must not go to": {
    fault: () => faults.status(401, { headers: { "www-authenticate": 'Bearer realm="http://169.254.169.254/"' } }),
  },
  "no TLS that can be trusted": { server: { tls: selfSigned() } },
};

/** Asks for a manifest through the client itself; gives all that comes of it. */
async function throughClient(registry: InProcessRegistry, credentials: Keychain, plain: boolean): Promise<string> {
  const client = new RegistryClient({
    plainHttp: plain ? [registry.host] : [],
    credentials,
    timeout: 300,
    retry: { attempts: 2, baseDelay: 1 },
  });
  const outcome: unknown = await client.getManifest(Reference.parse(`oci://${registry.host}/images/one:tag`)).then(
    () => "no failure at all",
    (error: unknown) => error,
  );
  const all = `${everythingOf(outcome)}\n${everythingOf(client)}`;
  await client.close();
  expect(outcome).toBeInstanceOf(Error);
  return all;
}

async function throughCli(...argv: string[]): Promise<string> {
  let all = "";
  const print = (text: string) => {
    all += text;
  };
  const code = await run(argv, { out: print, err: print, colour: false, signal: new AbortController().signal });
  expect(code).toBe(1);
  return all;
}

describe.each(Object.entries(SOURCES))("%s", (_source, content) => {
  test.each(Object.entries(FAILURES))("%s", async (_failure, { server, fault, unnoticed, inCli }) => {
    const registry = await serve(server);
    registry.intercept = fault?.(registry.origin);
    const authFile = writeAuthFile(content(registry.host));
    const PATH = installHelper();
    const plain = server?.tls === undefined;
    const keychain = defaultKeychain({ authFile, environment: { PATH } });
    if (!unnoticed) expect(found(await throughClient(registry, keychain, plain))).toEqual([]);
    if (inCli === false) return;
    const before = process.env.PATH;
    Object.assign(process.env, { PATH, REGISTRY_AUTH_FILE: authFile });
    try {
      const argv = [`oci://${registry.host}/images/one:tag`, ...(plain ? ["--plain-http", registry.host] : [])];
      for (const json of [[], ["--json"]]) {
        const lockFile = ["--lock-file", join(folder, "lock.json")];
        expect(found(await throughCli("resolve", ...argv, ...json))).toEqual([]);
        expect(found(await throughCli("lock", ...argv, ...json, ...lockFile))).toEqual([]);
      }
    } finally {
      process.env.PATH = before;
    }
  });
});

test("the search would find what was given away: every secret did reach the registry", async () => {
  const kinds: Credential[] = [
    { kind: "basic", username: "robot", password: PASSWORD },
    { kind: "registryToken", token: REGISTRY_TOKEN },
    { kind: "identityToken", token: REFRESH },
    { kind: "ironicSecret", secret: PULL_SECRET },
  ];
  for (const credential of kinds) {
    let shown = "";
    const registry = await serve({ auth: { mode: "bearer", username: "nobody", password: "else" } });
    registry.intercept = async (request) => {
      shown += JSON.stringify(request.headers);
      if (request.method === "POST") for await (const chunk of request) shown += String(chunk);
      return false;
    };
    const client = new RegistryClient({ plainHttp: [registry.host], credentials: { resolve: async () => credential } });
    closers.push(() => client.close());
    await client.getManifest(Reference.parse(`oci://${registry.host}/images/one:tag`)).catch(() => undefined);
    expect(found(shown)).not.toEqual([]);
  }
});

test("pull secrets in a program, and the program's own objects", async () => {
  const registry = await serve({ auth: { mode: "basic", username: "nobody", password: "else" } });
  for (const secret of [`robot:${PASSWORD}`, PULL_SECRET]) {
    const credentials = { [registry.host]: secret };
    expect(found(await throughClient(registry, pullSecrets(credentials), true))).toEqual([]);
    const resolver = new OciResolver({ plainHttp: [registry.host], credentials });
    closers.push(() => resolver.close());
    const error: unknown = await resolver
      .resolve(`oci://${registry.host}/images/one:tag`)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(found(everythingOf(error) + everythingOf(resolver))).toEqual([]);
  }
});

test("credentials files that are damaged", async () => {
  const { host } = await serve();
  const entry = { auth: base64(`robot:${PASSWORD}`) };
  for (const text of [
    `{"auths": {"${host}": {"auth": "${entry.auth}"`,
    `{"auths": {"${host}": "${entry.auth}"}}`,
    JSON.stringify({ auths: { [host]: { auth: `${entry.auth}!` } } }),
    JSON.stringify({ auths: { [host]: { auth: base64(PASSWORD) } } }),
    JSON.stringify({ auths: { [host]: { registrytoken: `${REGISTRY_TOKEN}\n` } } }),
    JSON.stringify({ auths: { [host]: { identitytoken: { token: REFRESH } } } }),
  ]) {
    const authFile = join(folder, "auth.json");
    writeFileSync(authFile, text);
    const error: unknown = await defaultKeychain({ authFile })
      .resolve(host, "images/one")
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "CREDENTIALS_FILE" });
    expect(found(everythingOf(error))).toEqual([]);
  }
});

test.each([
  ["fails, and says it on both outputs", `echo '${HELPER}'; echo '${HELPER}' >&2; exit 1`],
  ["prints it as something else", `echo '${HELPER}'`],
  ["prints it twice", `for i in 1 2; do printf '{"Username":"robot","Secret":"${HELPER}"}'; done`],
  ["prints it and hangs", `echo '${HELPER}'; exec sleep 60`],
  ["prints it without an end", `while :; do echo '${HELPER}'; done`],
])("a credential helper that %s", async (_what, script) => {
  const PATH = installHelper(script);
  const authFile = writeAuthFile({ credHelpers: { "registry.example": "of-the-test" } });
  const keychain = defaultKeychain({ authFile, environment: { PATH }, helperTimeout: 500 });
  const error: unknown = await keychain.resolve("registry.example", "images/one").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "CREDENTIAL_HELPER" });
  expect(found(everythingOf(error))).toEqual([]);
});

describe("the content of a secret file in place of its path", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const body = pem.split("\n")[1] as string;
  const credentials = JSON.stringify({ auths: { "registry.example": { auth: base64(`robot:${PASSWORD}`) } } });
  const policy = JSON.stringify({ rules: [{ repositories: ["*"], signedBy: [{ key: pem }] }] });
  const reference = "oci://registry.example/images/one:tag";

  test.each([
    ["verify --key", ["verify", reference, "--key", pem]],
    ["verify --key, without line breaks", ["verify", reference, "--key", pem.replaceAll("\n", "")]],
    ["verify --trusted-root", ["verify", reference, "--key", __filename, "--trusted-root", pem]],
    ["push --sign-key", ["push", reference, "--kernel", __filename, "--sign-key", pem]],
    ["push --sign-key, in base64", ["push", reference, "--kernel", __filename, "--sign-key", base64(pem)]],
    ["--policy", ["resolve", reference, "--policy", policy]],
    ["--auth-file", ["resolve", reference, "--auth-file", credentials]],
    ["doctor --instance-secret-file", ["doctor", reference, "--instance-secret-file", credentials]],
    ["doctor --conductor-auth-file", ["doctor", reference, "--conductor-auth-file", credentials]],
  ])("%s", async (_option, argv) => {
    for (const json of [[], ["--json"]]) {
      let all = "";
      const print = (text: string) => {
        all += text;
      };
      const io = { out: print, err: print, colour: false, signal: new AbortController().signal };
      expect(await run([...argv, ...json], io)).toBeGreaterThan(0);
      expect(all).toMatch(/the content of a file|is a private key/);
      expect(found(all)).toEqual([]);
      expect(all).not.toContain(body);
      expect(all).not.toContain(base64(pem).slice(0, 40));
    }
  });

  test.each([
    ["a policy's key", () => new Policy({ rules: [{ repositories: ["*"], signedBy: [{ key: pem }] }] })],
    ["the key of a client certificate", () => readTlsFiles({ cert: pem, key: pem })],
    [
      "OS_CLIENT_CONFIG_FILE",
      () => readFirst("clouds", { OS_CLIENT_CONFIG_FILE: `clouds: {a: {password: ${body}}}\n` }),
    ],
  ])("%s, with all that the error holds", async (_setting, read) => {
    const error: unknown = await (async () => read())().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(everythingOf(error)).not.toContain(body);
  });
});

describe("a proxy's password", () => {
  /** A proxy that answers CONNECT with these bytes, after what it was shown. */
  async function proxy(bytes: (shown: string) => string): Promise<Server> {
    const sockets: Duplex[] = [];
    const server = createServer().on("connect", (request, socket) => {
      sockets.push(socket.on("error", () => undefined));
      socket.end(bytes(request.headers["proxy-authorization"] ?? "nothing"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return server;
  }

  test.each<[string, (shown: string) => string]>([
    ["refuses", () => "HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n"],
    ["refuses, and repeats it", (shown) => `HTTP/1.1 403 ${shown}\r\ncontent-length: ${shown.length}\r\n\r\n${shown}`],
    ["speaks no HTTP, but what repeats it", (shown) => `${shown}\r\n${decoded(shown)}`],
    ["lets through, to something that repeats it", (shown) => `HTTP/1.1 200 OK\r\n\r\n${shown}`],
    ["hangs up", () => ""],
  ])("that %s", async (_what, bytes) => {
    let [seen, times] = ["", 0];
    const server = await proxy((shown) => {
      times += 1;
      seen = shown;
      return bytes(shown);
    });
    const { port } = server.address() as AddressInfo;
    const client = new RegistryClient({
      environment: { HTTPS_PROXY: `http://robot:${PROXY}@127.0.0.1:${port}` },
      certificateFolders: [],
      retry: { attempts: 2, baseDelay: 1 },
      timeout: 10_000,
    });
    closers.push(() => client.close());
    const asked = client.getManifest(Reference.parse("oci://registry.example/images/one:tag"));
    const error: unknown = await asked.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/^REGISTRY_UNAVAILABLE$|^UNEXPECTED_RESPONSE$/) });
    expect(times).toBeLessThan(5);
    expect(found(seen)).not.toEqual([]);
    expect(found(everythingOf(error) + everythingOf(client))).toEqual([]);
  });

  test.each([`http://robot:${PROXY}@[`, `socks5://robot:${PROXY}@127.0.0.1:1`, `robot:${PROXY}@127.0.0.1:1`])(
    "in a variable that names none: %#",
    async (HTTPS_PROXY) => {
      Object.assign(process.env, { HTTPS_PROXY });
      expect(found(await throughCli("resolve", "oci://registry.example/images/one:tag"))).toEqual([]);
    },
  );
});

test("what is written: Terraform JSON, the lock file, everything else in the folder", async () => {
  const authority = new Authority();
  const registry = await serve({
    auth: { mode: "basic", username: "robot", password: PASSWORD },
    tls: authority.issue(),
  });
  const caFile = join(tmpdir(), `secrets-ca-${process.pid}.pem`);
  writeFileSync(caFile, authority.cert);
  process.env.SSL_CERT_FILE = caFile;
  try {
    const app = new App({ outdir: join(folder, "cdktf.out") });
    const stack = new TerraformStack(app, "rack-1");
    const image = new OciImage(stack, "image", { source: `oci://${registry.host}/images/one:tag` });
    new BareMetalNode(stack, "node", {
      driver: "redfish",
      image,
      imagePullSecret: PullSecret.fromVariable(stack, "pull_secret"),
    });
    await synthesize(app, {
      credentials: { [registry.host]: `robot:${PASSWORD}` },
      lockFile: join(folder, "lock.json"),
      lockMode: "prefer",
    });
  } finally {
    delete process.env.SSL_CERT_FILE;
    rmSync(caFile);
  }
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  const texts = files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path, "utf8"));
  expect(texts.join("\n")).toContain("sha256:");
  expect(texts.length).toBeGreaterThan(1);
  expect(found(texts.join("\n"))).toEqual([]);
});

test("the built program, with Node's and undici's own logs switched on", async () => {
  const registry = await serve({ auth: { mode: "bearer", username: "robot", password: PASSWORD } });
  const authFile = writeAuthFile({ auths: { [registry.host]: { auth: base64(`robot:${PASSWORD}`) } } });
  const main = join(__dirname, "..", "..", "dist", "cli", "ironic-oci.js");
  const argv = ["resolve", `oci://${registry.host}/images/one:tag`, "--plain-http", registry.host];
  const env = { ...process.env, REGISTRY_AUTH_FILE: authFile, NODE_DEBUG: "undici,net,tls,http", DEBUG: "*" };
  const { code, stdout, stderr } = await runToEnd([process.execPath, main, ...argv], { env });
  expect({ code, logged: stderr.includes("UNDICI") }).toEqual({ code: 0, logged: true });
  expect(found(stdout + stderr)).toEqual([]);
});
