import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OciResolver } from "cdktf-ironic-oci";
import { RECORDED_RELEASES } from "../../support/recorded";
import { type Answer, disagreement } from "../support/agreement";
import { User } from "../support/cli";
import { ContainerTools } from "../support/containers";
import { askIronic, type RealQuestion } from "../support/image-service";
import { type RealRegistry, startRegistry, USER } from "../support/registry";
import { inRootOrFail } from "../support/root";

type Release = (typeof RECORDED_RELEASES)[number];

/** What a tool pushes under a reference, and what comes of it for a node of x86_64: a disk format, a class, or an error. */
interface Pushed {
  readonly by: string;
  /** `repository:tag` */
  readonly at: string;
  readonly commands: readonly string[];
  readonly gives: Readonly<Record<Release, string>>;
}

const both = (outcome: string) => ({ "29.0.5": outcome, "39.0.0": outcome });
/** A container: up to release 33 everything is a disk image, which is warned of; since 34 it is a container, which is refused. */
const CONTAINER = { "29.0.5": "unknown, archive", "39.0.0": "CLASS_MISMATCH" };
const artifact = (by: string, at: string, ...argv: string[]) => [
  `${by} artifact add ${argv.join(" ")}`.replace("AT", `REGISTRY/${at}`),
  `${by} artifact push REGISTRY/${at}`,
];
const index = (by: string, at: string) => [
  `${by} manifest create REGISTRY/${at}`,
  `${by} manifest add --artifact --arch amd64 --os linux --annotation disktype=qcow2 REGISTRY/${at} a.qcow2`,
  `${by} manifest add --artifact --arch arm64 --os linux --annotation disktype=raw REGISTRY/${at} b.raw`,
  `${by} manifest push --all REGISTRY/${at} docker://REGISTRY/${at}`,
];
const oras = (at: string, platform: string, disk: string) =>
  `oras push --artifact-type application/vnd.example.disk -a disktype=qcow2 --artifact-platform ${platform} REGISTRY/${at} ${disk}`;
const skopeo = (from: string, to: string, ...argv: string[]) =>
  ["skopeo copy --all", ...argv, `docker://REGISTRY/${from} docker://REGISTRY/${to}`].join(" ");

const PUSHED: readonly Pushed[] = [
  {
    by: "podman artifact push",
    at: "podman/artifact:1",
    commands: artifact("podman", "podman/artifact:1", "AT", "a.qcow2"),
    gives: both("unknown"),
  },
  {
    by: "podman artifact push, with a disktype",
    at: "podman/artifact:disktype",
    commands: artifact("podman", "podman/artifact:disktype", "--annotation", "disktype=qcow2", "AT", "a.qcow2"),
    gives: both("qcow2"),
  },
  {
    by: "podman artifact push, of two files",
    at: "podman/artifact:two",
    commands: artifact("podman", "podman/artifact:two", "AT", "a.qcow2", "b.raw"),
    gives: both("NO_MATCHING_IMAGE"),
  },
  {
    by: "podman manifest add --artifact",
    at: "podman/index:1",
    commands: index("podman", "podman/index:1"),
    gives: both("qcow2"),
  },
  {
    by: "podman push, of a disk in a container",
    at: "podman/container:1",
    commands: [
      "podman build --arch amd64 --tag REGISTRY/podman/container:1 --file Containerfile .",
      "podman push REGISTRY/podman/container:1",
    ],
    gives: CONTAINER,
  },
  {
    by: "podman push --compression-format zstd",
    at: "podman/container:zstd",
    commands: [
      "podman push --compression-format zstd --force-compression REGISTRY/podman/container:1 docker://REGISTRY/podman/container:zstd",
    ],
    gives: { ...CONTAINER, "29.0.5": "unknown, archive, compression" },
  },
  {
    by: "podman push --format v2s2",
    at: "podman/container:docker",
    commands: ["podman push --format v2s2 REGISTRY/podman/container:1 docker://REGISTRY/podman/container:docker"],
    gives: both("INVALID_IMAGE"),
  },
  {
    by: "podman manifest add, of a container",
    at: "podman/containers:1",
    commands: [
      "podman manifest create REGISTRY/podman/containers:1",
      "podman manifest add REGISTRY/podman/containers:1 REGISTRY/podman/container:1",
      "podman manifest push --all REGISTRY/podman/containers:1 docker://REGISTRY/podman/containers:1",
    ],
    gives: CONTAINER,
  },
  {
    by: "podman manifest add --annotation disktype=qcow2, of a container",
    at: "podman/containers:disktype",
    commands: [
      "podman manifest create REGISTRY/podman/containers:disktype",
      "podman manifest add --annotation disktype=qcow2 REGISTRY/podman/containers:disktype REGISTRY/podman/container:1",
      "podman manifest push --all REGISTRY/podman/containers:disktype docker://REGISTRY/podman/containers:disktype",
    ],
    gives: { ...CONTAINER, "29.0.5": "qcow2, archive" },
  },
  {
    by: "buildah manifest add --artifact",
    at: "buildah/index:1",
    commands: index("buildah", "buildah/index:1"),
    gives: both("qcow2"),
  },
  {
    by: "buildah push, of a disk in a container",
    at: "buildah/container:1",
    commands: [
      "buildah from --name scratch-1 scratch",
      "buildah copy scratch-1 a.qcow2 /disk/",
      "buildah config --arch amd64 scratch-1",
      "buildah commit scratch-1 REGISTRY/buildah/container:1",
      "buildah push REGISTRY/buildah/container:1",
    ],
    gives: CONTAINER,
  },
  {
    by: "oras push --artifact-platform",
    at: "oras/disks:amd64",
    commands: [oras("oras/disks:amd64", "linux/amd64", "a.qcow2")],
    gives: both("qcow2"),
  },
  {
    by: "oras push, of a folder",
    at: "oras/folder:1",
    commands: ["oras push -a disktype=qcow2 REGISTRY/oras/folder:1 folder"],
    gives: both("qcow2, archive"),
  },
  {
    by: "oras manifest index create",
    at: "oras/disks:1",
    commands: [
      oras("oras/disks:arm64", "linux/arm64", "c.qcow2"),
      "oras manifest index create REGISTRY/oras/disks:1 amd64 arm64",
    ],
    gives: both("unknown"),
  },
  {
    by: "skopeo copy --all",
    at: "skopeo/index:1",
    commands: [skopeo("podman/index:1", "skopeo/index:1")],
    gives: both("qcow2"),
  },
  {
    by: "skopeo copy --dest-compress-format zstd",
    at: "skopeo/index:zstd",
    commands: [
      skopeo("podman/index:1", "skopeo/index:zstd", "--dest-compress-format zstd --dest-force-compress-format"),
    ],
    gives: both("qcow2"),
  },
  {
    by: "skopeo copy --format v2s2",
    at: "skopeo/container:docker",
    commands: [skopeo("podman/container:1", "skopeo/container:docker", "--format v2s2")],
    gives: both("INVALID_IMAGE"),
  },
];
const DISKS = PUSHED.filter(({ gives }) => /^(qcow2|unknown)$/.test(gives["39.0.0"]));

/** The images that they push: two of qcow2 by the real qemu-img, and one that is raw. */
async function writeDisks(tools: ContainerTools): Promise<void> {
  const create = (name: string, size: string) =>
    inRootOrFail("qemu-img", ["create", "-f", "qcow2", name, size], { suite: "sid", cwd: tools.folder.inside });
  await create("a.qcow2", "1M");
  await create("c.qcow2", "2M");
  tools.write("b.raw", Buffer.alloc(300_032, "a raw disk image "));
  tools.write("folder/disk.qcow2", "in a folder");
  tools.write("sbom.json", "{}");
  tools.write("Containerfile", "FROM scratch\nADD --chown=107:107 a.qcow2 /disk/\n");
}

/** Writes what is pushed into test/fixtures/tools.json, for test/resolver/other-tools.test.ts. */
async function record(tools: ContainerTools): Promise<void> {
  const raw = (at: string) => tools.run(`skopeo inspect --raw docker://REGISTRY/${at}`);
  const recorded: unknown[] = [];
  for (const { by, at, gives } of PUSHED) {
    const [repository = "", tag] = at.split(":");
    const top = await raw(at);
    const { manifests = [] } = JSON.parse(top) as { manifests?: { digest: string }[] };
    const below = await Promise.all(manifests.map(({ digest }) => raw(`${repository}@${digest}`)));
    recorded.push({ by, repository, tag, gives, documents: [...below, top] });
  }
  writeFileSync(join(__dirname, "../../fixtures/tools.json"), `${JSON.stringify(recorded, undefined, 1)}\n`);
}

/** Puts away what is opened while tests run. */
class Closing {
  readonly #all: (() => unknown)[] = [];

  add<T>(value: T, close: (value: T) => unknown): T {
    this.#all.push(() => close(value));
    return value;
  }

  async close(): Promise<void> {
    for (const close of this.#all.reverse()) await close();
  }
}

/** What podman, buildah, skopeo and oras push to Debian's docker-registry: resolved as real Ironics do, copied, verified, repaired. */
describe("docker-registry: open", () => {
  const closing = new Closing();
  let registry: RealRegistry;
  let site: RealRegistry;
  let tools: ContainerTools;
  let user: User;

  beforeAll(async () => {
    registry = closing.add(await startRegistry("open"), (each) => each.stop());
    tools = closing.add(new ContainerTools(registry), (each) => each.folder.remove());
    site = closing.add(await startRegistry("open", { plainHttp: true }), (each) => each.stop());
    const folder = closing.add(mkdtempSync(join(tmpdir(), "ironic-oci-e2e-")), (each) =>
      rmSync(each, { recursive: true, force: true }),
    );
    user = new User(folder, registry, folder);
    const certificates = join(folder, "certs.d", registry.host);
    mkdirSync(certificates, { recursive: true });
    writeFileSync(join(certificates, "ca.crt"), readFileSync(registry.tls.ca));
    await writeDisks(tools);
    for (const { commands } of PUSHED) await tools.run(...commands);
    if (process.env.RECORD_TOOLS) await record(tools);
  }, 20 * 60_000);
  afterAll(() => closing.close());

  const resolver = (options: ConstructorParameters<typeof OciResolver>[0]) =>
    new OciResolver({ credentials: {}, certificateFolders: [join(user.folder, "certs.d")], ...options });
  async function cli(...argv: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await user.cli(...argv, "--plain-http", site.host, "--json");
    if (code !== 0) throw new Error(`${argv[0]} ended with ${code}: ${stderr}${stdout}`);
    return JSON.parse(stdout);
  }

  describe.each(RECORDED_RELEASES)("Ironic %s", (release) => {
    test("chooses as resolved here", async () => {
      const plain = resolver({ ironicRelease: release, extraChecks: false });
      const questions = PUSHED.flatMap(({ at }) =>
        ["x86_64", "aarch64"].map((cpu_arch): RealQuestion => {
          const [repository = "", tag] = at.split(":");
          const query = { reference: `:${tag}`, image_download_source: "local", cpu_arch };
          return { repository, query, registry: { host: registry.host, ca: readFileSync(registry.tls.ca, "utf8") } };
        }),
      );
      const ironic = await askIronic(release, questions);
      const faults: unknown[] = [];
      for (const [number, question] of questions.entries()) {
        const { repository, query } = question;
        const node = { architecture: query.cpu_arch ?? undefined, imageDownloadSource: "local" };
        const answer: Answer = await plain
          .resolve(`oci://${registry.host}/${repository}${query.reference}`, node)
          .catch(({ code }: { code: string }) => ({ code }));
        const expected = ironic[number] ?? {};
        const fault = disagreement(question, expected, answer, expected.pinned ?? expected);
        if (fault !== undefined) faults.push([repository, query, fault, expected, answer]);
      }
      await plain.close();
      expect(faults).toEqual([]);
    });

    test("and the checks say what can't be deployed", async () => {
      const checked = resolver({ ironicRelease: release });
      const outcomes: Record<string, string> = {};
      for (const { by, at } of PUSHED) {
        outcomes[by] = await checked.resolve(`oci://${registry.host}/${at}`, { architecture: "x86_64" }).then(
          ({ diskFormat, warnings }) => [diskFormat, ...warnings.map(({ code }) => code)].join(", "),
          ({ code, message }: { code?: string; message: string }) => code ?? message,
        );
      }
      await checked.close();
      expect(outcomes).toEqual(Object.fromEntries(PUSHED.map(({ by, gives }) => [by, gives[release]])));
    });
  });

  test("all disks are locked, copied with their digests, and verified at both ends", async () => {
    await tools.run(
      "oras attach --artifact-type application/spdx+json REGISTRY/podman/index:1 sbom.json:application/spdx+json",
    );
    const references = DISKS.map(({ at }) => `oci://${registry.host}/${at}`);
    const locked = (await cli("lock", ...references, "--arch", "x86_64")) as { pins: unknown[] };
    expect(locked.pins).toHaveLength(DISKS.length);
    const copied = (await cli("copy", "--to", `${site.host}/copied`, "--whole")) as { referrers: string[] }[];
    expect(copied.flatMap(({ referrers }) => referrers)).toHaveLength(1);
    for (const { at } of DISKS) {
      const there = `--src-tls-verify=false docker://${site.host}/copied/${at}`.replace("--src-", "--");
      expect(await tools.run(`skopeo inspect --raw ${there}`)).toBe(
        await tools.run(`skopeo inspect --raw docker://REGISTRY/${at}`),
      );
    }
    for (const argv of [
      ["verify"],
      ["verify", "--deep"],
      ["verify", "--deep", "--mirror", `${registry.host}=${site.host}/copied`],
    ]) {
      const verified = (await cli(...argv)) as { state: string }[];
      expect(verified.map(({ state }) => state)).toEqual(DISKS.map(() => "ok"));
    }
  });

  test("annotate repairs the index of oras, and refuses a disk in a container", async () => {
    const read = async (at: string) =>
      JSON.parse(await tools.run(`skopeo inspect --raw docker://REGISTRY/${at}`)) as {
        manifests: { digest: string }[];
      };
    const [amd64, arm64] = (await read("oras/disks:1")).manifests;
    const disks = ["--disk", `${amd64?.digest}=x86_64:qcow2`, "--disk", `${arm64?.digest}=aarch64:qcow2`];
    await cli("annotate", `${registry.host}/oras/disks:1`, ...disks);
    const [pin] = (await cli("resolve", `oci://${registry.host}/oras/disks:1`, "--arch", "x86_64")) as {
      digest: string;
    }[];
    expect(pin).toMatchObject({ digest: amd64?.digest, diskFormat: "qcow2", asPinned: { kind: "disk" }, warnings: [] });
    const [container] = (await read("podman/containers:1")).manifests;
    const refused = await user.cli(
      ...["annotate", `${registry.host}/podman/containers:1`, "--disk", `${container?.digest}=x86_64:qcow2`, "--json"],
    );
    expect([refused.code, JSON.parse(refused.stdout).error.code]).toEqual([2, "INVALID_ARTIFACTS"]);
  });
});

describe.each(["htpasswd", "token"] as const)("docker-registry: %s", (mode) => {
  const closing = new Closing();
  let registry: RealRegistry;
  let tools: ContainerTools;
  let user: User;

  beforeAll(async () => {
    const tokens = { accounts: [`${USER.name}:${USER.password}`] };
    registry = closing.add(await startRegistry(mode, { tokens }), (each) => each.stop());
    tools = closing.add(new ContainerTools(registry), (each) => each.folder.remove());
    const folder = closing.add(mkdtempSync(join(tmpdir(), "ironic-oci-e2e-")), (each) =>
      rmSync(each, { recursive: true, force: true }),
    );
    user = new User(folder, registry, tools.dockerConfig);
    await writeDisks(tools);
    await tools.login();
  }, 20 * 60_000);
  afterAll(() => closing.close());

  async function cli(...argv: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await user.cli(...argv, "--json");
    if (code !== 0) throw new Error(`${argv[0]} ended with ${code}: ${stderr}${stdout}`);
    for (const text of [stdout, stderr]) expect(text).not.toContain(USER.password);
    return JSON.parse(stdout);
  }

  test("with what podman login has written, the disks of all of them are locked and verified", async () => {
    for (const { commands } of DISKS) await tools.run(...commands);
    await cli("lock", ...DISKS.map(({ at }) => `oci://${registry.host}/${at}`), "--arch", "x86_64");
    const verified = (await cli("verify", "--deep")) as { state: string }[];
    expect(verified.map(({ state }) => state)).toEqual(DISKS.map(() => "ok"));
  });

  test.each([
    ["push", []],
    ["push --podman-machine", ["--podman-machine"]],
  ] as const)("what %s writes is read by each of them", async (_, options) => {
    const file = (name: string) => join(tools.folder.outside, name);
    const disks = ["--disk", `x86_64:qcow2=${file("a.qcow2")}`, "--disk", `aarch64:qcow2=${file("c.qcow2")}`];
    const at = `os/${options.length}:9`;
    const [tag] = (await cli("push", `${registry.host}/${at}`, ...disks, ...options)) as [
      { digest: string; artifacts: { digest: string; title: string; url: string }[] },
    ];
    const raw = await tools.run(`skopeo inspect --raw docker://REGISTRY/${at}`);
    const digests = (text: string) => (JSON.parse(text).manifests as { digest: string }[]).map(({ digest }) => digest);
    const pushed = tag.artifacts.map(({ digest }) => digest);
    expect(`sha256:${createHash("sha256").update(raw).digest("hex")}`).toBe(tag.digest);
    expect(digests(await tools.run(`podman manifest inspect REGISTRY/${at}`))).toEqual(pushed);
    expect(digests(await tools.run(`buildah manifest inspect REGISTRY/${at}`))).toEqual(pushed);
    for (const { digest, title } of tag.artifacts) {
      const [repository] = at.split(":");
      await tools.run(
        `podman artifact pull REGISTRY/${repository}@${digest}`,
        `podman artifact extract REGISTRY/${repository}@${digest} extracted-${options.length}-${title}`,
      );
      expect(readFileSync(file(`extracted-${options.length}-${title}`)).equals(readFileSync(file(title)))).toBe(true);
    }
    await tools.run(`skopeo copy --all --preserve-digests docker://REGISTRY/${at} oci:layout-${options.length}:copied`);
    const layout = JSON.parse(readFileSync(file(`layout-${options.length}/index.json`), "utf8"));
    expect(layout.manifests[0].digest).toBe(tag.digest);
  });
});
