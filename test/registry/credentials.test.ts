import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Credential, defaultKeychain } from "../../src/registry";
import { defaultAuthFilePaths } from "../../src/registry/auth/default-keychain";
import { OciResolver } from "../../src/resolver";
import { clientFor, closing, rejection, serveOne } from "./support";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "credentials-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a file below the test's folder; values other than text become JSON. */
function write(path: string, content: unknown): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, typeof content === "string" ? content : JSON.stringify(content));
  return full;
}

const auth = (user: string) => Buffer.from(`${user}:secret of ${user}`).toString("base64");
const entry = (user: string) => ({ auth: auth(user) });
const basic = (user: string) => ({ kind: "basic", username: user, password: `secret of ${user}` });

/** The credential in a file with this content for a repository of a registry. */
function inFile(content: unknown, registry: string, repository = "a/b"): Promise<Credential | undefined> {
  const authFile = write("file.json", content);
  return defaultKeychain({ authFile, environment: {} }).resolve(registry, repository);
}

describe("sources of credentials", () => {
  const HOST = "registry.example";
  /** Every place that counts, each with a user named after it. */
  function everywhere() {
    const place = (path: string, user: string) => write(path, { auths: { [HOST]: entry(user) } });
    return {
      option: place("option.json", "option"),
      variable: place("variable.json", "variable"),
      docker: place("docker/config.json", "docker"),
      home: place("home/.docker/config.json", "home"),
      runtime: place("runtime/containers/auth.json", "runtime"),
      config: place("config/containers/auth.json", "config"),
      homeConfig: place("home/.config/containers/auth.json", "homeConfig"),
    };
  }
  const settings = () => ({
    HOME: join(folder, "home"),
    REGISTRY_AUTH_FILE: join(folder, "variable.json"),
    DOCKER_CONFIG: join(folder, "docker"),
    XDG_RUNTIME_DIR: join(folder, "runtime"),
    XDG_CONFIG_HOME: join(folder, "config"),
  });
  const find = (environment: Record<string, string | undefined>, authFile?: string) =>
    defaultKeychain({ authFile, environment }).resolve(HOST, "a/b");

  test("the file that is named, then REGISTRY_AUTH_FILE, then Docker's configuration, then podman's two", async () => {
    const files = everywhere();
    const environment: Record<string, string | undefined> = settings();
    expect(await find(environment, files.option)).toEqual(basic("option"));
    expect(await find(environment)).toEqual(basic("variable"));
    environment.REGISTRY_AUTH_FILE = "";
    expect(await find(environment)).toEqual(basic("docker"));
    environment.DOCKER_CONFIG = undefined;
    expect(await find(environment)).toEqual(basic("home"));
    rmSync(files.home);
    expect(await find(environment)).toEqual(basic("runtime"));
    environment.XDG_RUNTIME_DIR = undefined;
    expect(await find(environment)).toEqual(basic("config"));
    environment.XDG_CONFIG_HOME = undefined;
    expect(await find(environment)).toEqual(basic("homeConfig"));
    rmSync(files.homeConfig);
    expect(await find(environment)).toBeUndefined();
  });

  test("without XDG_RUNTIME_DIR podman's tools write below /run on Linux", () => {
    const own = `/run/containers/${process.getuid?.()}/auth.json`;
    const home = ["/h/.docker/config.json", "/h/.config/containers/auth.json"];
    expect(defaultAuthFilePaths({ HOME: "/h" }, "linux")).toEqual([home[0], own, home[1]]);
    expect(defaultAuthFilePaths({ HOME: "/h" }, "darwin")).toEqual(home);
    expect(defaultAuthFilePaths({ HOME: "/h", XDG_RUNTIME_DIR: "/r" }, "linux")).not.toContain(own);
  });

  test("a file without an entry for the registry is passed over; a file that is named is not", async () => {
    everywhere();
    const other = write("docker/config.json", { auths: { "other.example": entry("other") } });
    expect(await find({ ...settings(), REGISTRY_AUTH_FILE: undefined })).toEqual(basic("runtime"));
    expect(await find(settings(), other)).toBeUndefined();
    expect(await find({ ...settings(), REGISTRY_AUTH_FILE: other })).toBeUndefined();
  });

  test("a file that is named has to be there", async () => {
    const missing = join(folder, "none.json");
    for (const error of [await rejection(find({}, missing)), await rejection(find({ REGISTRY_AUTH_FILE: missing }))]) {
      expect(error).toMatchObject({ code: "CREDENTIALS_FILE", path: missing });
      expect(error.message).toContain("no such file");
      // The advice follows the fault: the format of a file that is not there is not in question.
      expect(error).toMatchObject({ hint: expect.stringMatching(/^check the path: `--auth-file`/) });
    }
  });

  test("DOCKER_AUTH_CONFIG holds a configuration itself, and takes precedence over the files, except for one that is named by option", async () => {
    const files = everywhere();
    const DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { [HOST]: entry("inline") } });
    expect(await find({ ...settings(), DOCKER_AUTH_CONFIG })).toEqual(basic("inline"));
    expect(await find({ ...settings(), REGISTRY_AUTH_FILE: undefined, DOCKER_AUTH_CONFIG })).toEqual(basic("inline"));
    expect(await find({ ...settings(), DOCKER_AUTH_CONFIG }, files.option)).toEqual(basic("option"));
    expect(await find({ ...settings(), DOCKER_AUTH_CONFIG: "" })).toEqual(basic("variable"));
    const other = JSON.stringify({ auths: { "other.example": entry("other") } });
    expect(await find({ ...settings(), DOCKER_AUTH_CONFIG: other })).toEqual(basic("variable"));
    expect(await find({ ...settings(), REGISTRY_AUTH_FILE: "", DOCKER_AUTH_CONFIG: other })).toEqual(basic("docker"));
    const old = JSON.stringify({
      auths: { [`https://${HOST}/v2/`]: { username: "u", password: "p" } },
      HttpHeaders: {},
    });
    expect(await find({ DOCKER_AUTH_CONFIG: old })).toEqual({ kind: "basic", username: "u", password: "p" });
  });

  test.each(["hunter2", "[]", '{"auths": "hunter2"}', '{"auths": {"r": {"auth": "hunter2', "/etc/hunter2.json"])(
    "a DOCKER_AUTH_CONFIG of %s is an error, and never quoted, even where it is not needed",
    async (DOCKER_AUTH_CONFIG) => {
      const keychain = defaultKeychain({ environment: { ...settings(), DOCKER_AUTH_CONFIG } });
      everywhere();
      for (const error of [
        await rejection(keychain.resolve(HOST, "a")),
        await rejection(keychain.ready?.() ?? Promise.resolve()),
      ]) {
        expect(error).toMatchObject({ code: "CREDENTIALS_FILE", path: "DOCKER_AUTH_CONFIG" });
        expect(error.message).toMatch(/^DOCKER_AUTH_CONFIG: is not /);
        expect(`${error.stack}${error.hint}${error.cause}`).not.toContain("hunter2");
      }
    },
  );

  test("a configured file has to exist, even for a registry without authentication: nothing is sent without it", async () => {
    const { registry, at, pushed } = await serveOne();
    const authFile = join(folder, "none.json");
    const damaged = write("damaged.json", "{");
    for (const credentials of [
      defaultKeychain({ authFile, environment: {} }),
      defaultKeychain({ environment: { REGISTRY_AUTH_FILE: authFile } }),
      defaultKeychain({ authFile: damaged, environment: {} }),
      defaultKeychain({ environment: { DOCKER_AUTH_CONFIG: "{" } }),
    ]) {
      expect(await rejection(clientFor(registry, { credentials }).getManifest(at))).toMatchObject({
        code: "CREDENTIALS_FILE",
      });
    }
    const resolver = new OciResolver({ authFile, plainHttp: [registry.host] });
    closing(() => resolver.close());
    expect(await rejection(resolver.resolve(at))).toMatchObject({ code: "CREDENTIALS_FILE", path: authFile });
    expect(registry.requests).toEqual([]);
    write("none.json", {});
    const credentials = defaultKeychain({ authFile, environment: {} });
    expect((await clientFor(registry, { credentials }).getManifest(at)).digest).toBe(pushed.digest);
  });

  test("each file is read once for any number of lookups", async () => {
    const { option } = everywhere();
    const keychain = defaultKeychain({ authFile: option, environment: {} });
    await keychain.resolve(HOST, "a/b");
    rmSync(option);
    expect(await keychain.resolve(HOST, "c")).toEqual(basic("option"));
  });
});

describe("which entry of a file", () => {
  test("the registry's, by its whole name", async () => {
    const content = { auths: { "registry.example": entry("plain"), "registry.example:5000": entry("port") } };
    expect(await inFile(content, "registry.example")).toEqual(basic("plain"));
    expect(await inFile(content, "registry.example:5000")).toEqual(basic("port"));
    for (const other of ["example", "evil-registry.example", "registry.example.evil", "registry.example:443"]) {
      expect(await inFile(content, other)).toBeUndefined();
    }
  });

  test("podman's keys: the longest path that fits wins, and a path ends at a slash", async () => {
    const content = {
      auths: {
        "quay.io": entry("registry"),
        "quay.io/team": entry("team"),
        "quay.io/team/images": entry("images"),
        "quay.io/tea": entry("tea"),
      },
    };
    const found = (repository: string) => inFile(content, "quay.io", repository);
    expect(await found("team/images")).toEqual(basic("images"));
    expect(await found("team/images/x")).toEqual(basic("images"));
    expect(await found("team/other")).toEqual(basic("team"));
    expect(await found("teams")).toEqual(basic("registry"));
    expect(await found("tea")).toEqual(basic("tea"));
  });

  test.each([
    "https://registry.example",
    "http://registry.example/",
    "https://registry.example/v1/",
    "https://registry.example/v2",
    "https://registry.example/any/path",
    "Registry.Example",
    "registry.example/",
  ])("%s is an old spelling of registry.example", async (key) => {
    expect(await inFile({ auths: { [key]: entry("old") } }, "registry.example")).toEqual(basic("old"));
  });

  test("the key that is written as it should be wins over an old one", async () => {
    const [exact, old] = [
      ["registry.example", entry("exact")],
      ["https://registry.example/v1/", entry("old")],
    ] as const;
    for (const order of [
      [exact, old],
      [old, exact],
    ]) {
      expect(await inFile({ auths: Object.fromEntries(order) }, "registry.example")).toEqual(basic("exact"));
    }
  });

  test.each(["docker.io", "index.docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"])(
    "Docker Hub may be written as %s",
    async (key) => {
      for (const asked of ["docker.io", "index.docker.io", "registry-1.docker.io"]) {
        expect(await inFile({ auths: { [key]: entry("hub") } }, asked)).toEqual(basic("hub"));
      }
      expect(await inFile({ auths: { [key]: entry("hub") } }, "ghcr.io")).toBeUndefined();
    },
  );

  test("Docker Hub's path prefixes go by its aliases too", async () => {
    const content = { auths: { "docker.io/team": entry("team"), "https://index.docker.io/v1/": entry("hub") } };
    expect(await inFile(content, "registry-1.docker.io", "team/x")).toEqual(basic("team"));
    expect(await inFile(content, "registry-1.docker.io", "library/x")).toEqual(basic("hub"));
  });

  test("keys that JavaScript has by itself are no entries", async () => {
    expect(await inFile({ auths: {} }, "constructor", "__proto__")).toBeUndefined();
    expect(await inFile('{"auths":{"__proto__":{"auth":"dTpw"}}}', "registry.example")).toBeUndefined();
  });
});

describe("the content of an entry", () => {
  const resolved = (held: unknown) => inFile({ auths: { "r.example": held } }, "r.example");

  test.each([
    ["auth", { auth: "dTpwOnc=" }, { kind: "basic", username: "u", password: "p:w" }],
    ["auth, padded with NULs as old Docker did", { auth: "dTpwAAA=" }, { kind: "basic", username: "u", password: "p" }],
    ["auth of the URL-safe alphabet", { auth: "dTo_Pz4-" }, { kind: "basic", username: "u", password: "??>>" }],
    ["username and password", { username: "u", password: "p" }, { kind: "basic", username: "u", password: "p" }],
    [
      "identitytoken, beside a useless auth",
      { auth: "dTo=", identitytoken: "i" },
      { kind: "identityToken", token: "i" },
    ],
    ["registrytoken", { registrytoken: "r" }, { kind: "registryToken", token: "r" }],
    ["nothing, as credential stores leave it", {}, undefined],
    ["null", null, undefined],
    ["empty strings", { auth: "", identitytoken: "" }, undefined],
  ])("%s", async (_what, held, expected) => {
    expect(await resolved(held)).toEqual(expected);
  });

  test.each([
    ["auth", { auth: "hunter2-is-no-base64!" }, /auths\["r\.example"\]\.auth is not base64/],
    ["auth without a colon", { auth: Buffer.from("hunter2").toString("base64") }, /\.auth is not base64/],
    [
      "registrytoken that could break out of its header",
      { registrytoken: "hunter2\r\nx: y" },
      /registrytoken is not a token/,
    ],
  ])("a damaged %s is an error, and never quoted", async (_what, held, message) => {
    const error = await rejection(resolved(held));
    expect(error).toMatchObject({ code: "CREDENTIALS_FILE" });
    expect(error.message).toMatch(message);
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain("hunter2");
  });

  test("a damaged entry is no matter for another registry", async () => {
    const content = { auths: { "bad.example": { auth: "!" }, "good.example": entry("good") } };
    expect(await inFile(content, "good.example")).toEqual(basic("good"));
  });
});

test.each([
  ["not JSON", '{"auths": {"r": {"auth": "hunter2'],
  ["no object", '["hunter2"]'],
  ["a wrong type inside", { auths: { "r.example": { auth: ["hunter2"] } } }],
  ["a helper that is no name", { credHelpers: { "r.example": { hunter2: 1 } } }],
])("a file that is %s is an error with its path, and never quoted", async (_what, content) => {
  const error = await rejection(inFile(content, "r.example"));
  expect(error).toMatchObject({ code: "CREDENTIALS_FILE", path: join(folder, "file.json") });
  expect(error.message).toContain(join(folder, "file.json"));
  const all = [error.message, error.stack, String(error.hint), String((error.cause as Error | undefined)?.stack)];
  expect(all.join("\n")).not.toContain("hunter2");
});

test("a file that can't be read is an error, with the system's error as cause", async () => {
  mkdirSync(join(folder, "config.json"));
  const error = await rejection(defaultKeychain({ environment: { DOCKER_CONFIG: folder } }).resolve("r.example", "a"));
  expect(error).toMatchObject({ code: "CREDENTIALS_FILE", cause: { code: "EISDIR" } });
});
