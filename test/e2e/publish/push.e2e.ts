import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kernel } from "../../support/disks";
import { RECORDED_RELEASES } from "../../support/recorded";
import { User } from "../support/cli";
import { askIronic, type Question } from "../support/image-service";
import { type RealRegistry, startRegistry, USER } from "../support/registry";
import { inRootOrFail } from "../support/root";
import { Oras, skopeoCopy } from "../support/tools";

const ACCOUNT = `${USER.name}:${USER.password}`;

interface PushedTag {
  readonly reference: string;
  readonly digest: string;
  readonly artifacts: readonly { title: string; digest: string; how: string; path: string }[];
  readonly outcomes: readonly { architecture: string; imageDownloadSource: string; profile: string; gets?: string }[];
  readonly documents: readonly { digest: string; mediaType: string; content: unknown }[];
}

/** What `ironic-oci push` publishes, on Debian's docker-registry: real tools read it, and real Ironics choose as predicted. */
describe.each(["open", "htpasswd", "token"] as const)("docker-registry: %s", (mode) => {
  let registry: RealRegistry;
  let oras: Oras;
  let user: User;
  const disks: string[] = [];

  beforeAll(async () => {
    registry = await startRegistry(mode, { tokens: { accounts: [ACCOUNT] } });
    oras = new Oras(registry);
    if (mode !== "open") await oras.login(ACCOUNT);
    user = new User(mkdtempSync(join(tmpdir(), "ironic-oci-e2e-")), registry, oras.dockerConfig);
    const { inside, outside } = registry.folder;
    // The real qemu-img writes the images, one of them with more than one chunk.
    oras.write({ name: "b.raw", content: Buffer.concat([Buffer.alloc(512), randomBytes(20_000_000)]) });
    truncateSync(join(outside, "b.raw"), 21_000_192);
    await inRootOrFail("qemu-img", ["convert", "-O", "qcow2", "b.raw", "a.qcow2"], { cwd: inside });
    await inRootOrFail("qemu-img", ["create", "-f", "qcow2", "c.qcow2", "64M"], { cwd: inside });
    await inRootOrFail("qemu-img", ["create", "-f", "qcow2", "-b", "a.qcow2", "-F", "qcow2", "backed.qcow2"], {
      cwd: inside,
    });
    oras.write({ name: "vmlinuz", content: kernel() });
    const disk = (kind: string, name: string) => ["--disk", `${kind}=${join(outside, name)}`];
    disks.push(...disk("x86_64:qcow2", "a.qcow2"), ...disk("x86_64:raw", "b.raw"), ...disk("aarch64:qcow2", "c.qcow2"));
  }, 20 * 60_000);
  afterAll(async () => {
    await registry?.stop();
    if (user) rmSync(user.folder, { recursive: true, force: true });
  });

  const file = (name: string) => join(registry.folder.outside, name);
  async function push(reference: string, ...argv: string[]): Promise<PushedTag[]> {
    const { code, stdout, stderr } = await user.cli("push", `${registry.host}/${reference}`, ...argv, "--json");
    if (code !== 0) throw new Error(`push ended with ${code}: ${stderr}${stdout}`);
    for (const text of [stdout, stderr]) expect(text).not.toContain(USER.password);
    return JSON.parse(stdout) as PushedTag[];
  }

  test("oras pulls what was pushed, skopeo copies it without a change, and a second push sends nothing", async () => {
    const [tag] = (await push("images/os:9", ...disks, "--kernel", file("vmlinuz"))) as [PushedTag, PushedTag];
    expect((await oras.tags("images/os")).sort()).toEqual(["9", "9-kernel"]);
    expect(await oras.resolve("images/os:9")).toBe(tag.digest);
    for (const { title, digest } of tag.artifacts) {
      const folder = await oras.pull(`images/os@${digest}`, `pulled-${title}`);
      expect(readFileSync(join(folder, title)).equals(readFileSync(file(title)))).toBe(true);
    }
    const pulled = await oras.pull("images/os:9-kernel", "kernel");
    expect(readdirSync(pulled)).toEqual(["vmlinuz"]);
    if (mode !== "open") {
      const layout = await skopeoCopy(registry, "images/os:9", "layout");
      const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
      expect(index.manifests[0].digest).toBe(tag.digest);
    }
    const [again] = (await push("images/os:9", ...disks)) as [PushedTag];
    expect(again.digest).toBe(tag.digest);
    expect(again.artifacts.map(({ how }) => how)).toEqual(["present", "present", "present"]);
  });

  test("a file of another repository is linked", async () => {
    await push("images/os:mount", ...disks);
    const [tag] = (await push("images/other:9", ...disks, "--mount-from", "images/os")) as [PushedTag];
    expect(tag.artifacts.map(({ how }) => how)).toEqual(["mounted", "mounted", "mounted"]);
  });

  test("real qcow2 images: a backing file is refused, and one that says raw", async () => {
    for (const disk of [`x86_64:qcow2=${file("backed.qcow2")}`, `x86_64:raw=${file("a.qcow2")}`]) {
      const { code, stdout } = await user.cli("push", `${registry.host}/images/no:9`, "--disk", disk, "--json");
      expect([code, JSON.parse(stdout).error.code]).toEqual([1, "ARTIFACT_FILE"]);
    }
    expect(registry.service.log).not.toContain("images/no");
  });
});

describe.each(RECORDED_RELEASES)("Ironic %s chooses as predicted", (release) => {
  test("for each node, of each form that is published", async () => {
    const registry = await startRegistry("open");
    const oras = new Oras(registry);
    const user = new User(mkdtempSync(join(tmpdir(), "ironic-oci-e2e-")), registry, oras.dockerConfig);
    try {
      const { inside, outside } = registry.folder;
      for (const name of ["a", "c"]) {
        await inRootOrFail("qemu-img", ["create", "-f", "qcow2", `${name}.qcow2`, name === "a" ? "1M" : "2M"], {
          cwd: inside,
        });
      }
      oras.write({ name: "b.raw", content: Buffer.alloc(1_000_000, 1) });
      const disk = (kind: string, name: string) => ["--disk", `${kind}=${join(outside, name)}`];
      const forms: Readonly<Record<string, readonly string[]>> = {
        all: [...disk("x86_64:qcow2", "a.qcow2"), ...disk("x86_64:raw", "b.raw"), ...disk("aarch64:qcow2", "c.qcow2")],
        podman: [...disk("x86_64:qcow2", "a.qcow2"), ...disk("aarch64:raw", "b.raw"), "--podman-machine"],
        one: disk("aarch64:raw", "b.raw"),
        packed: [...disk("x86_64:raw", "b.raw"), "--compress", "zstd"],
      };
      const questions: Question[] = [];
      const predicted: (string | undefined)[] = [];
      for (const [form, argv] of Object.entries(forms)) {
        const dry = await user.cli("push", `${registry.host}/os:${form}`, ...argv, "--dry-run", "--json");
        const pushed = await user.cli("push", `${registry.host}/os:${form}`, ...argv, "--json");
        expect([dry.code, pushed.code]).toEqual([0, 0]);
        const [{ documents, digest }] = JSON.parse(dry.stdout) as [PushedTag];
        const [{ outcomes, digest: real }] = JSON.parse(pushed.stdout) as [PushedTag];
        expect(real).toBe(digest);
        const manifests = Object.fromEntries(
          documents.map((each) => [each.digest, { mediaType: each.mediaType, body: JSON.stringify(each.content) }]),
        );
        const profile = release.startsWith("29") ? "ironic-29" : "ironic-34";
        for (const outcome of outcomes.filter((each) => each.profile === profile)) {
          const { architecture, imageDownloadSource, gets } = outcome;
          const query = { reference: ":tag", image_download_source: imageDownloadSource, cpu_arch: architecture };
          questions.push({ name: form, repository: "os", tags: { tag: digest }, manifests, query });
          predicted.push(gets);
        }
      }
      const answers = await askIronic(release, questions);
      const picked = answers.map(({ picked }) => (picked ? picked.slice(picked.indexOf("@") + 1) : undefined));
      expect(picked).toEqual(predicted);
      expect(new Set(predicted).size).toBeGreaterThan(5);
      // What was predicted for the tag holds for each digest: a disk image.
      const byDigest = questions.flatMap((question, number) => {
        const digest = predicted[number];
        return digest === undefined ? [] : [{ ...question, query: { ...question.query, reference: `@${digest}` } }];
      });
      for (const answer of await askIronic(release, byDigest)) {
        expect([answer.error, answer.disk_format]).not.toEqual([undefined, "bootc"]);
        expect(answer.error).toBeUndefined();
      }
    } finally {
      await registry.stop();
      rmSync(user.folder, { recursive: true, force: true });
    }
  });
});

/** A server before the registry that breaks connections after so many bytes from the client, in turn. */
async function breaking(backend: number, after: readonly number[]): Promise<{ server: Server; port: number }> {
  let connection = 0;
  const server = createServer((socket) => {
    let left = after[connection] ?? Number.POSITIVE_INFINITY;
    const upstream = connect(backend, "127.0.0.1");
    for (const end of [socket, upstream])
      end.on("error", () => undefined).on("close", () => [socket, upstream].map((each) => each.destroy()));
    upstream.pipe(socket);
    socket.on("data", (chunk) => {
      left -= chunk.length;
      if (left < 0) {
        connection += 1;
        socket.resetAndDestroy();
        upstream.destroy();
      } else if (!upstream.write(chunk)) {
        socket.pause();
        upstream.once("drain", () => socket.resume());
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

/** The requests of a push, in their order. */
const PHASES = [
  /^HEAD .*\/blobs\//,
  /^POST .*\/uploads\//,
  /^PATCH /,
  /^PUT .*\/uploads\//,
  /^PUT .*\/manifests\/sha256/,
  /^GET .*\/manifests\/sha256/,
  /^PUT .*\/manifests\/9 /,
];

/** A server before a registry that speaks plain HTTP: one request of each phase, or the response to it, is lost. */
async function losing(backend: number, what: "request" | "response") {
  const left = [...PHASES];
  const server = createServer((socket) => {
    const upstream = connect(backend, "127.0.0.1");
    const reset = () => [socket, upstream].map((each) => each.resetAndDestroy());
    let isLost = false;
    for (const end of [socket, upstream])
      end.on("error", () => undefined).on("close", () => [socket, upstream].map((each) => each.destroy()));
    upstream.on("data", (chunk) => (isLost ? reset() : socket.write(chunk)));
    socket.on("data", (chunk) => {
      // A request begins with a packet: the client waits for each response.
      if (left[0]?.test(chunk.subarray(0, 200).toString("latin1"))) {
        left.shift();
        if (what === "request") return void reset();
        isLost = true;
      }
      if (upstream.write(chunk)) return;
      socket.pause();
      upstream.once("drain", () => socket.resume());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, left, port: (server.address() as AddressInfo).port };
}

describe("docker-registry, faults", () => {
  let registry: RealRegistry;
  let oras: Oras;
  let user: User;
  const large = () => join(registry.folder.outside, "large.raw");
  const bytes = randomBytes(50_000_000);
  const disk = () => ["--disk", `x86_64:raw=${large()}`];

  async function start(options: Parameters<typeof startRegistry>[1] = {}): Promise<void> {
    registry = await startRegistry("open", options);
    oras = new Oras(registry);
    user = new User(mkdtempSync(join(tmpdir(), "ironic-oci-e2e-")), registry, oras.dockerConfig);
    oras.write({ name: "large.raw", content: bytes });
  }
  afterEach(async () => {
    await registry.stop();
    rmSync(user.folder, { recursive: true, force: true });
  });

  async function expectPulled(tag: string): Promise<void> {
    const { stdout } = await user.cli("resolve", `oci://${registry.host}/os:${tag}`, "--arch", "x86_64", "--json");
    const folder = await oras.pull(`os@${JSON.parse(stdout)[0].digest}`, `pulled-${tag}`);
    expect(readFileSync(join(folder, "large.raw")).equals(bytes)).toBe(true);
  }

  test("broken connections: the upload goes on where it broke off", async () => {
    await start();
    const { server, port } = await breaking(
      Number(registry.host.split(":")[1]),
      [3_000, 5_000_000, 12_000_000, 20_000_000],
    );
    const { code, stdout, stderr } = await user.cli("push", `127.0.0.1:${port}/os:9`, ...disk(), "--json");
    server.close();
    expect({ code, out: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, out: "" });
    await expectPulled("9");
  });

  test.each(["request", "response"] as const)(
    "the connection dies once in each phase, and the %s is lost",
    async (what) => {
      await start({ plainHttp: true });
      const { server, left, port } = await losing(Number(registry.host.split(":")[1]), what);
      const host = `127.0.0.1:${port}`;
      const { code, stdout, stderr } = await user.cli(
        "push",
        `${host}/os:9`,
        ...disk(),
        "--json",
        "--plain-http",
        host,
      );
      server.close();
      expect({ code, out: code === 0 ? "" : stdout + stderr, left }).toEqual({ code: 0, out: "", left: [] });
      const [{ artifacts }] = JSON.parse(stdout) as [PushedTag];
      const folder = await oras.pull(`os@${artifacts[0]?.digest}`, "pulled-phases");
      expect(readFileSync(join(folder, "large.raw")).equals(bytes)).toBe(true);
      expect(await oras.resolve("os:9")).toBe((JSON.parse(stdout) as [PushedTag])[0].digest);
    },
  );

  test("the registry restarts in the middle of an upload", async () => {
    await start();
    const pushing = user.cli("push", `${registry.host}/os:9`, ...disk(), "--json");
    await registry.service.until(async () => /PATCH/.test(registry.service.log));
    await registry.restart();
    const { code, stdout } = await pushing;
    expect({ code, out: code === 0 ? "" : stdout }).toEqual({ code: 0, out: "" });
    await expectPulled("9");
  });

  test("its disk is full: said so, and the tag stays where it was", async () => {
    await start({ storageBytes: 30_000_000 });
    oras.write({ name: "small.raw", content: Buffer.alloc(1_000, 1) });
    const small = `x86_64:raw=${join(registry.folder.outside, "small.raw")}`;
    expect((await user.cli("push", `${registry.host}/os:9`, "--disk", small)).code).toBe(0);
    const before = await oras.resolve("os:9");
    const { code, stdout } = await user.cli("push", `${registry.host}/os:9`, ...disk(), "--json");
    expect([code, JSON.parse(stdout).error]).toEqual([
      1,
      expect.objectContaining({ code: "REGISTRY_UNAVAILABLE", hint: expect.stringContaining("disk is full") }),
    ]);
    expect(await oras.resolve("os:9")).toBe(before);
  });

  test("two pushers race for one tag: it points to one of them, whole, and the other one knows", async () => {
    await start();
    oras.write({ name: "other.raw", content: randomBytes(50_000_000) });
    const other = ["--disk", `x86_64:raw=${join(registry.folder.outside, "other.raw")}`];
    const both = await Promise.all(
      [disk(), other].map((argv) => user.cli("push", `${registry.host}/os:9`, ...argv, "--json")),
    );
    const winner = await oras.resolve("os:9");
    for (const { code, stdout } of both) {
      const content = JSON.parse(stdout);
      // A push that ended well before the other one moved the tag is a success as well.
      if (code === 0) expect(content[0].digest).toMatch(/^sha256:/);
      else expect(content.error.code).toBe("TAG_RACE");
    }
    const pushed = both.flatMap(({ code, stdout }) => (code === 0 ? [JSON.parse(stdout)[0].digest] : []));
    expect(pushed).toContain(winner);
  });
});
