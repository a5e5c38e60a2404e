import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { defaultKeychain } from "../../src/registry";
import { rejection } from "./support";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helper-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/**
 * Installs `docker-credential-NAME`: a program that records its `argument` and `server`, which `body`, in JavaScript, may use,
 * and then runs `body`.
 */
function install(name: string, body: string): void {
  const program = join(folder, `docker-credential-${name}`);
  const log = JSON.stringify(join(folder, `${name}.log`));
  writeFileSync(
    program,
    `#!${process.execPath}
const { appendFileSync, readFileSync } = require("node:fs");
const [argument, server] = [process.argv[2], readFileSync(0, "utf8").trim()];
appendFileSync(${log}, JSON.stringify({ argument, server, colour: process.env.COLOUR }) + "\\n");
const give = (Username, Secret) => process.stdout.write(JSON.stringify({ ServerURL: server, Username, Secret }));
${body}
`,
  );
  chmodSync(program, 0o755);
}

function asked(name: string): unknown[] {
  const log = join(folder, `${name}.log`);
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** A keychain over a configuration that names helpers, with the test's folder first on the PATH. */
function keychain(config: unknown, helperTimeout?: number) {
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const PATH = [folder, process.env.PATH].join(delimiter);
  const environment = { DOCKER_CONFIG: folder, PATH, COLOUR: "kept", HOME: folder };
  return defaultKeychain({ environment, ...(helperTimeout !== undefined && { helperTimeout }) });
}

const NOT_FOUND = 'console.log("credentials not found in native keychain"); process.exitCode = 1;';

test("a registry's helper runs `get` for it, once, with this process's environment", async () => {
  install("one", 'give("robot", "hunter2")');
  const keys = keychain({ credHelpers: { "r.example:5000": "one" } });
  const all = await Promise.all([
    keys.resolve("r.example:5000", "a"),
    keys.resolve("r.example:5000", "b"),
    keys.resolve("r.example", "a"),
  ]);
  const found = { kind: "basic", username: "robot", password: "hunter2" };
  expect(all).toEqual([found, found, undefined]);
  expect(asked("one")).toEqual([{ argument: "get", server: "r.example:5000", colour: "kept" }]);
});

test("the user name <token> marks an identity token", async () => {
  install("one", 'give("<token>", "refresh")');
  const found = await keychain({ credsStore: "one" }).resolve("r.example", "a");
  expect(found).toEqual({ kind: "identityToken", token: "refresh" });
});

test("credsStore runs for every registry, and for Docker Hub with Docker's name of it", async () => {
  install("one", 'give("robot", server)');
  const keys = keychain({ credsStore: "one" });
  expect(await keys.resolve("r.example", "a")).toMatchObject({ password: "r.example" });
  for (const hub of ["docker.io", "index.docker.io", "registry-1.docker.io"]) {
    expect(await keys.resolve(hub, "library/a")).toMatchObject({ password: "https://index.docker.io/v1/" });
  }
  expect(asked("one")).toHaveLength(2);
});

test("a registry's helper comes before credsStore, and the file's entries come last", async () => {
  install("own", 'give("own", "s")');
  install("store", NOT_FOUND);
  const auths = { "own.example": { auth: "ZmlsZTpz" }, "other.example": { auth: "ZmlsZTpz" } };
  const keys = keychain({ auths, credsStore: "store", credHelpers: { "own.example": "own" } });
  expect(await keys.resolve("own.example", "a")).toMatchObject({ username: "own" });
  expect(await keys.resolve("other.example", "a")).toMatchObject({ username: "file" });
});

test("an empty name exempts a registry from credsStore, as in Docker: the file's entries are used", async () => {
  install("store", 'give("store", "s")');
  const auths = { "own.example": { auth: "ZmlsZTpz" } };
  const keys = keychain({ auths, credsStore: "store", credHelpers: { "own.example": "" } });
  expect(await keys.resolve("own.example", "a")).toMatchObject({ username: "file" });
  expect(asked("store")).toEqual([]);
});

test("credHelpers know Docker Hub by any of its names", async () => {
  install("hub", 'give("hub", server)');
  for (const key of ["docker.io", "https://index.docker.io/v1/"]) {
    const found = await keychain({ credHelpers: { [key]: "hub" } }).resolve("registry-1.docker.io", "a");
    expect(found).toEqual({ kind: "basic", username: "hub", password: "https://index.docker.io/v1/" });
  }
});

test.each([
  ["credentials not found in native keychain", NOT_FOUND],
  ["an empty secret", 'give("robot", "")'],
])("%s: it has nothing, and that is no error", async (_what, body) => {
  install("one", body);
  expect(await keychain({ credsStore: "one" }).resolve("r.example", "a")).toBeUndefined();
  expect(asked("one")).toHaveLength(1);
});

describe("a helper that fails is an error with its name, and never quoted", () => {
  test.each([
    [
      "fails in its own words",
      'console.log("no keyring: hunter2"); process.exitCode = 1;',
      /failed for r\.example \(exit status 1\)/,
    ],
    ["fails on stderr", 'console.error("hunter2"); process.exitCode = 3;', /exit status 3/],
    [
      "says 'not found' with more around it",
      'console.log("credentials not found in native keychain: hunter2"); process.exitCode = 1;',
      /exit status 1/,
    ],
    ["kills itself", 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);', /exit status none/],
    ["prints garbage", 'console.log("hunter2");', /something other than credentials/],
    [
      "prints JSON of another form",
      'console.log(JSON.stringify({ Username: "u", Password: "hunter2" }));',
      /something other than credentials/,
    ],
    ["prints nothing", "", /something other than credentials/],
    [
      "prints without end",
      'const more = () => process.stdout.write("hunter2".repeat(10000), more); more();',
      /more than 65536 bytes/,
    ],
  ])("%s", async (_what, body, message) => {
    install("one", body);
    const error = await rejection(keychain({ credsStore: "one" }).resolve("r.example", "a"));
    expect(error).toMatchObject({ code: "CREDENTIAL_HELPER", program: "docker-credential-one" });
    expect(error.message).toMatch(/^credential helper docker-credential-one: /);
    expect(error.message).toMatch(message);
    expect(`${error.stack} ${error.hint} ${(error.cause as Error | undefined)?.stack}`).not.toContain("hunter2");
  });

  test("hangs", async () => {
    install("one", 'console.log("{"); setInterval(() => {}, 1000);');
    const error = await rejection(keychain({ credsStore: "one" }, 500).resolve("r.example", "a"));
    expect(error.message).toContain("did not end within 500 ms");
  });

  test("leaves a child behind that holds its output open", async () => {
    install(
      "one",
      'require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 10000)"], { stdio: "inherit", detached: true }).unref(); setTimeout(() => {}, 10000);',
    );
    const error = await rejection(keychain({ credsStore: "one" }, 500).resolve("r.example", "a"));
    expect(error.message).toContain("did not end within 500 ms");
  });

  test("is not installed", async () => {
    const error = await rejection(keychain({ credHelpers: { "r.example": "none" } }).resolve("r.example", "a"));
    expect(error).toMatchObject({ code: "CREDENTIAL_HELPER", program: "docker-credential-none" });
    expect(error.message).toContain("is not installed");
    expect(error.hint).toContain(join(folder, "config.json"));
  });

  test("can't be run", async () => {
    install("one", "");
    chmodSync(join(folder, "docker-credential-one"), 0o644);
    const error = await rejection(keychain({ credsStore: "one" }).resolve("r.example", "a"));
    expect(error.message).toContain("can't be run");
  });

  test("does not read its input", async () => {
    const program = join(folder, "docker-credential-deaf");
    writeFileSync(program, '#!/bin/sh\necho \'{"Username":"u","Secret":"s"}\'\n');
    chmodSync(program, 0o755);
    const found = await keychain({ credsStore: "deaf" }).resolve("r.example", "a");
    expect(found).toEqual({ kind: "basic", username: "u", password: "s" });
  });
});

test.each(["../evil", "a/b", "a b", "; touch x", "-x"])("%j is no helper's name, and is not run", async (name) => {
  const error = await rejection(keychain({ credHelpers: { "r.example": name } }).resolve("r.example", "a"));
  expect(error.message).toContain("names a helper that is not valid");
});
