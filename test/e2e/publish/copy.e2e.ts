import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { User } from "../support/cli";
import { type RealRegistry, startRegistry, USER } from "../support/registry";
import { Oras } from "../support/tools";

const ACCOUNT = `${USER.name}:${USER.password}`;
const bytes = Buffer.alloc(20_000_000, "a disk of several chunks");

/** What is locked goes from one of Debian's docker-registries to another, directly and by a medium, and real oras pulls it there. */
let source: RealRegistry;
let site: RealRegistry;
let user: User;
let digest: string;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  source = await startRegistry("open", { plainHttp: true });
  closing.push(() => source.stop());
  site = await startRegistry("token", { tokens: { accounts: [ACCOUNT] } });
  closing.push(() => site.stop());
  const oras = new Oras(source);
  digest = await oras.push("images/disk:1", { name: "disk.raw", content: bytes }, "-a", "disktype=raw");
  const atSite = new Oras(site);
  await atSite.login(ACCOUNT);
  user = new User(mkdtempSync(join(tmpdir(), "ironic-oci-e2e-")), site, atSite.dockerConfig);
  closing.push(async () => rmSync(user.folder, { recursive: true, force: true }));
  await run("lock", `oci://${source.host}/images/disk:1`, "--arch", "x86_64");
}, 20 * 60_000);
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

async function run(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await user.cli(...argv, "--plain-http", source.host, "--json");
  if (code !== 0) throw new Error(`${argv[0]} ended with ${code}: ${stderr}${stdout}`);
  for (const text of [stdout, stderr]) expect(text).not.toContain(USER.password);
  return stdout;
}

async function expectAtSite(path: string): Promise<void> {
  const folder = await new Oras(site).pull(`${path}/images/disk@${digest}`, `pulled-${path}`);
  expect(readFileSync(join(folder, "disk.raw")).equals(bytes)).toBe(true);
  const map = ["--mirror", `${source.host}=${site.host}/${path}`];
  expect(JSON.parse(await run("verify", "--deep", ...map))).toMatchObject([{ digest }]);
}

test("copy, and a second copy that sends nothing", async () => {
  const [copied] = JSON.parse(await run("copy", "--to", `${site.host}/copied`, "--whole"));
  expect(copied).toMatchObject({ digests: [digest], sent: bytes.length + 2 });
  expect(JSON.parse(await run("copy", "--to", `${site.host}/copied`))[0]).toMatchObject({ sent: 0 });
  await expectAtSite("copied");
  expect(await new Oras(site).resolve("copied/images/disk:1")).toBe(digest);
});

test.each(["folder", "stick.tar"])("a bundle: %s", async (name) => {
  await run("bundle", "write", join(user.folder, name));
  const path = name.split(".")[0] ?? "";
  await run("bundle", "load", join(user.folder, name), "--to", `${site.host}/${path}`);
  await expectAtSite(path);
});
