import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { readAuthorities } from "../../src/net";
import { rejection } from "../registry/support";
import { Authority } from "../support/authority";

const [one, two, three] = [new Authority("one"), new Authority("two"), new Authority("three")].map(({ cert }) =>
  cert.trim(),
) as [string, string, string];
const [FIRST = "", SECOND = ""] = rootCertificates;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "authorities-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, ...content: string[]): string {
  const full = join(folder, path);
  mkdirSync(join(full, ".."), { recursive: true });
  writeFileSync(full, content.join("\n"));
  return full;
}

/** The test's authorities among the trusted ones, and whether all of Node's are trusted. */
async function counted(environment: Record<string, string>, more: string[] = [], bundles: string[] = []) {
  const found = await readAuthorities(environment, more, bundles);
  if (found === undefined) return undefined;
  const text = found.join("\n");
  const own = { one, two, three };
  return {
    nodes: rootCertificates.every((each) => found.includes(each)),
    own: Object.keys(own).filter((name) => text.includes(own[name as keyof typeof own])),
  };
}

test("where the system has only Node's, no authorities are set", async () => {
  expect(await counted({})).toBeUndefined();
  // Written in another way: with text around, and other line ends.
  const same = write("bundle.crt", "# a comment", FIRST.replaceAll("\n", "\r\n"), SECOND);
  expect(await counted({}, [], [same])).toBeUndefined();
  expect(await counted({}, [], [join(folder, "missing.crt")])).toBeUndefined();
});

test("the system's store adds to Node's; the first of its places that is there counts", async () => {
  const bundles = [join(folder, "missing.crt"), write("a.crt", FIRST, one), write("b.crt", two)];
  expect(await counted({}, [], bundles)).toEqual({ nodes: true, own: ["one"] });
});

test("SSL_CERT_FILE takes the place of both", async () => {
  const SSL_CERT_FILE = write("mine.pem", one, two);
  expect(await counted({ SSL_CERT_FILE }, [], [write("system.crt", three)])).toEqual({
    nodes: false,
    own: ["one", "two"],
  });
});

test("an empty SSL_CERT_FILE, such as /dev/null, trusts no authority; an empty NODE_EXTRA_CA_CERTS adds none", async () => {
  expect(await counted({ NODE_EXTRA_CA_CERTS: "/dev/null" }, [one])).toEqual({ nodes: true, own: ["one"] });
  expect(await readAuthorities({ SSL_CERT_FILE: "/dev/null" }, [], [write("system.crt", one)])).toEqual([]);
  expect(await rejection(readAuthorities({ SSL_CERT_FILE: write("odd.pem", "text") }))).toMatchObject({
    code: "CERTIFICATE_FILE",
  });
});

test("SSL_CERT_DIR adds to SSL_CERT_FILE or to the defaults: every folder, every file, links too", async () => {
  write("first/one.pem", one);
  write("first/README", "no certificate");
  mkdirSync(join(folder, "first", "below"));
  write("elsewhere/two.pem", two);
  mkdirSync(join(folder, "second"));
  symlinkSync(join(folder, "elsewhere", "two.pem"), join(folder, "second", "abcdef01.0"));
  symlinkSync(join(folder, "nowhere"), join(folder, "second", "dead"));
  const SSL_CERT_DIR = ["first", "missing", "second"].map((name) => join(folder, name)).join(":");
  expect(await counted({ SSL_CERT_DIR })).toEqual({ nodes: true, own: ["one", "two"] });
  const SSL_CERT_FILE = write("mine.pem", three);
  expect(await counted({ SSL_CERT_DIR, SSL_CERT_FILE })).toEqual({ nodes: false, own: ["one", "two", "three"] });
  expect(await counted({ SSL_CERT_DIR: join(folder, "missing") })).toBeUndefined();
});

test("NODE_EXTRA_CA_CERTS adds to any others", async () => {
  const NODE_EXTRA_CA_CERTS = write("extra.pem", one);
  expect(await counted({ NODE_EXTRA_CA_CERTS })).toEqual({ nodes: true, own: ["one"] });
  expect(await counted({ NODE_EXTRA_CA_CERTS, SSL_CERT_FILE: write("mine.pem", two) })).toEqual({
    nodes: false,
    own: ["one", "two"],
  });
});

test("the authorities of one host add, too", async () => {
  expect(await counted({}, [one])).toEqual({ nodes: true, own: ["one"] });
  expect(await counted({ SSL_CERT_FILE: write("mine.pem", two) }, [one])).toEqual({
    nodes: false,
    own: ["one", "two"],
  });
});

test.each(["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"])("a file that %s names has to be there, and PEM", async (name) => {
  const path = join(folder, "none.pem");
  const missing = await rejection(readAuthorities({ [name]: path }, [], []));
  expect(missing).toMatchObject({
    code: "CERTIFICATE_FILE",
    path,
    message: `${path}: no such file, and ${name} names it`,
  });
  write("none.pem", "hunter2");
  const wrong = await rejection(readAuthorities({ [name]: path }, [], []));
  expect(wrong).toMatchObject({ code: "CERTIFICATE_FILE", path });
  expect(`${wrong.stack}${wrong.cause}`).not.toContain("hunter2");
});
