import { Reference } from "../../src/reference";
import { type Check, type Conductor, type DeployInterface, parseRelease, readSettings } from "../../src/resolver";
import type { AgentPull } from "../../src/resolver/conductor/agent";
import { type Findings, forecast } from "../../src/resolver/conductor/forecast";
import type { Identified, Unidentified } from "../../src/resolver/conductor/identify";
import type { ArtifactClass } from "../../src/selection";

const MIB = 1024 * 1024;
const TAG = "oci://registry.example/image:tag";
const DIGEST = `oci://registry.example/image@sha256:${"a".repeat(64)}`;

/** A disk image of 100 MiB in one layer, by digest, for the `direct` deploy interface of Ironic 39 with its defaults. */
interface Situation {
  readonly by?: "tag" | "digest";
  readonly release?: string;
  readonly conf?: string;
  readonly source?: "local" | "http";
  readonly memoryMb?: number;
  readonly imageDiskFormat?: string;
  readonly deployInterface?: DeployInterface;
  readonly image?: Partial<Identified> | Unidentified;
  /** Whether the registry gives it to somebody without a secret. */
  readonly isPublic?: boolean;
  /** Whether the conductor can read it. */
  readonly canPull?: boolean;
  readonly agent?: AgentPull;
  readonly agentKind?: ArtifactClass;
}

function checksIn(situation: Situation): Check[] {
  const { by = "digest", release: name = "39.0", conf, source, memoryMb, imageDiskFormat } = situation;
  const { deployInterface = "direct", image = {}, isPublic = true, canPull = true, agent, agentKind } = situation;
  const release = parseRelease(name);
  const files = conf === undefined ? [] : [{ path: "ironic.conf", text: conf }];
  const conductor: Conductor = { release, settings: readSettings(files, release) };
  const kind = "kind" in image ? image.kind : "disk";
  const identified: Identified | Unidentified =
    "fault" in image
      ? image
      : {
          kind: "disk",
          diskFormat: by === "tag" ? undefined : "unknown",
          size: 100 * MIB,
          layerCount: 1,
          mediaType: undefined,
          containerKind: undefined,
          kindByDigest: kind ?? "disk",
          digestFault: undefined,
          ...image,
        };
  const attempt = canPull ? { works: true, reason: "accepted", identified } : { works: false, reason: "refused" };
  const findings: Findings = {
    ways: {
      reports: [{ way: "driver_info", given: true, works: canPull, reason: attempt.reason }],
      taken: "driver_info",
      attempt,
      withoutSecret: { works: isPublic, reason: "" },
    },
    agent,
    agentKind,
  };
  const node = { imageDownloadSource: source, memoryMb, imageDiskFormat, deployInterface };
  const target = { role: "image", bootInterface: "ipxe", ...node } as const;
  return forecast(Reference.parse(by === "tag" ? TAG : DIGEST), conductor, target, findings);
}

const outcomes = (situation: Situation) =>
  Object.fromEntries(checksIn(situation).map(({ check, outcome }) => [check, outcome]));
const one = (situation: Situation, name: string) => checksIn(situation).find(({ check }) => check === name);

describe("the format check", () => {
  const off = "[conductor]\ndisable_deep_image_inspection = true";
  const always = "[conductor]\nconductor_always_validates_images = true";
  test.each<[string, Situation, string]>([
    ["a digest with raw, as the provider sends it", { source: "local" }, "ok"],
    ["a digest with raw said", { source: "local", imageDiskFormat: "raw" }, "ok"],
    ["a digest with nothing", { source: "local", imageDiskFormat: "" }, "fails"],
    ["a digest with qcow2", { source: "local", imageDiskFormat: "qcow2" }, "fails"],
    ["a digest with nothing, up to 33", { source: "local", imageDiskFormat: "", release: "29.0" }, "fails"],
    ["a digest with nothing and http", { source: "http", imageDiskFormat: "" }, "ok"],
    [
      "a digest with nothing and http, always validated",
      { source: "http", imageDiskFormat: "", conf: always },
      "fails",
    ],
    ["a digest with raw and http, always validated", { source: "http", conf: always }, "ok"],
    ["a digest with nothing, never inspected", { source: "local", imageDiskFormat: "", conf: off }, "ok"],
    [
      "never inspected, whatever is always validated",
      { source: "http", imageDiskFormat: "", conf: `${off}\n${always.split("\n")[1]}` },
      "ok",
    ],
    ["a tag with a claim", { by: "tag", source: "local", image: { diskFormat: "qcow2" } }, "ok"],
    ["a tag without one", { by: "tag", source: "local" }, "ok"],
    [
      "bytes that may not be permitted",
      { source: "local", conf: "[conductor]\npermitted_image_formats = raw" },
      "unknown",
    ],
    [
      "a tag's bytes likewise",
      { by: "tag", source: "local", conf: "[conductor]\npermitted_image_formats = raw" },
      "unknown",
    ],
    ["up to 31, never inspected and converted", { source: "local", release: "31.0", conf: off }, "unknown"],
    [
      "up to 31, a claim, never inspected and converted",
      { by: "tag", image: { diskFormat: "qcow2" }, source: "local", release: "31.0", conf: off },
      "fails",
    ],
    [
      "up to 31, called raw, never inspected",
      { by: "tag", image: { diskFormat: "raw" }, source: "local", release: "31.0", conf: off },
      "ok",
    ],
    [
      "a claim that is not permitted",
      {
        by: "tag",
        source: "local",
        image: { diskFormat: "qcow2" },
        conf: "[conductor]\npermitted_image_formats = raw",
      },
      "fails",
    ],
  ])("%s", (_what, situation, expected) => {
    expect(one(situation, "format")?.outcome).toBe(expected);
  });

  test("a tag's claim is said to be compared with bytes that nobody looked at", () => {
    const check = one({ by: "tag", source: "local", image: { diskFormat: "qcow2" } }, "format");
    expect(check?.reason).toMatch(/the annotation says qcow2.*not looked at here/);
  });
});

describe("the class", () => {
  test("a container is nothing for direct", () => {
    expect(outcomes({ image: { kind: "bootc" } })).toEqual({ registry: "ok", class: "fails" });
  });

  test("a disk image by tag that turns into a container by digest", () => {
    const check = one({ by: "tag", image: { kindByDigest: "bootc" } }, "class");
    expect(check).toMatchObject({ outcome: "warning", reason: expect.stringContaining("once it is pinned by digest") });
  });

  test("a pinned URL that Ironic fails on", () => {
    const check = one({ by: "tag", image: { digestFault: "config is null" } }, "class");
    expect(check).toMatchObject({ outcome: "warning", reason: expect.stringContaining("config is null") });
  });

  test("what Ironic can't make anything of does not deploy", () => {
    expect(one({ image: { fault: "nothing here" } }, "class")).toMatchObject({
      outcome: "fails",
      reason: "nothing here",
    });
  });

  test("a disk image has one layer", () => {
    expect(one({ image: { layerCount: 3 } }, "layers")?.outcome).toBe("fails");
  });
});

test.each<[string, Situation, string | undefined]>([
  ["zstd with local", { source: "local", image: { mediaType: "application/zstd" } }, undefined],
  ["zstd with http", { source: "http", image: { mediaType: "application/zstd" } }, "fails"],
  ["gzip", { source: "local", image: { mediaType: "application/x.tar+gzip" } }, "warning"],
  ["nothing", { source: "http" }, undefined],
])("compression: %s", (_what, situation, expected) => {
  expect(one(situation, "compression")?.outcome).toBe(expected);
});

/** The same questions as those that test/e2e/registry/deployment.e2e.ts asks the real Ironic. */
describe("Ironic's own size check", () => {
  const off = "[DEFAULT]\nforce_raw_images = false\n[agent]\nstream_raw_images = false";
  const noForce = "[DEFAULT]\nforce_raw_images = false";
  const raw = { diskFormat: "raw" } as const;
  test.each<[string, Situation, string | undefined]>([
    ["34 and later, with the defaults", { memoryMb: 50 }, "ok"],
    ["both options off", { memoryMb: 5000, conf: off }, "fails"],
    ["a raw tag, both options off", { by: "tag", image: raw, memoryMb: 5000, conf: off }, "fails"],
    ["force_raw_images off", { memoryMb: 5000, conf: noForce }, "fails"],
    ["a raw tag, force_raw_images off", { by: "tag", image: raw, memoryMb: 5000, conf: noForce }, "ok"],
    ["a tag that is not raw, force_raw_images off", { by: "tag", memoryMb: 5000, conf: noForce }, "fails"],
    ["memory that nobody told", { conf: off }, "warning"],
    ["memory that nobody told, with the defaults", {}, undefined],
    ["up to 33, a digest of a public image", { release: "33.0", memoryMb: 5000 }, "ok"],
    ["up to 33, a tag", { release: "33.0", by: "tag", image: raw, memoryMb: 5000 }, "fails"],
    ["up to 33, a tag, memory that nobody told", { release: "33.0", by: "tag", image: raw }, "warning"],
    ["up to 33, a private image", { release: "33.0", isPublic: false, memoryMb: 5000 }, "fails"],
    ["up to 33, too large for http", { release: "33.0", source: "http", memoryMb: 50 }, "fails"],
    ["up to 33, too large for local, which converts it", { release: "33.0", source: "local", memoryMb: 50 }, "ok"],
    [
      "up to 33, too large for local that does not",
      { release: "33.0", source: "local", memoryMb: 50, conf: noForce },
      "unknown",
    ],
    [
      "up to 33, too large for local that streams nothing",
      { release: "33.0", source: "local", memoryMb: 50, conf: off },
      "fails",
    ],
  ])("%s", (_what, situation, expected) => {
    expect(one(situation, "size check")?.outcome).toBe(expected);
  });

  test("the KeyError is called by its name", () => {
    expect(one({ memoryMb: 5000, conf: off }, "size check")?.reason).toContain("KeyError: 'size'");
  });
});

describe("the agent's memory", () => {
  const noForce = "[DEFAULT]\nforce_raw_images = false";
  test.each<[string, Situation, string]>([
    ["local: the conductor makes it raw", { source: "local", memoryMb: 50 }, "ok"],
    ["local that converts nothing", { source: "local", memoryMb: 50, conf: noForce }, "fails"],
    ["http by digest, too large", { source: "http", memoryMb: 50 }, "fails"],
    ["http by digest, exactly", { source: "http", memoryMb: 100 }, "ok"],
    [
      "http by digest, and the agent itself",
      { source: "http", memoryMb: 100, conf: "[agent]\nmemory_consumed_by_agent = 1" },
      "fails",
    ],
    ["http by digest, memory that nobody told", { source: "http" }, "warning"],
    [
      "http by a tag that is called raw",
      { source: "http", by: "tag", image: { diskFormat: "raw" }, memoryMb: 50 },
      "ok",
    ],
    [
      "http by a tag that is called qcow2",
      { source: "http", by: "tag", image: { diskFormat: "qcow2" }, memoryMb: 50 },
      "fails",
    ],
    ["the conductor's default is http", { memoryMb: 50 }, "fails"],
    ["the conductor's default is local", { memoryMb: 50, conf: "[agent]\nimage_download_source = local" }, "ok"],
  ])("%s", (_what, situation, expected) => {
    expect(one(situation, "memory")?.outcome).toBe(expected);
  });
});

test("local needs the conductor's own web server", () => {
  expect(one({ source: "local", conf: "[agent]" }, "configuration")?.outcome).toBe("fails");
  expect(one({ source: "local", conf: "[deploy]\nhttp_url = http://192.0.2.1" }, "configuration")).toBeUndefined();
  expect(one({ source: "local" }, "configuration")).toBeUndefined();
});

describe("deploy interfaces", () => {
  const pulled: AgentPull = { works: true, secretFrom: "driver_info", reason: "accepted" };
  const refused: AgentPull = { works: false, secretFrom: "driver_info", reason: "refused", fault: "secret" };
  const container = { image: { kind: "bootc" }, agentKind: "bootc" } as const;

  test("bootc needs no detection, and what the agent can pull", () => {
    const situation = { ...container, deployInterface: "bootc", agent: pulled } as const;
    expect(outcomes(situation)).toEqual({ detection: "ok", class: "ok", "agent's pull": "ok" });
    expect(outcomes({ ...situation, canPull: false })).toEqual({ detection: "ok", class: "ok", "agent's pull": "ok" });
    const failing = { image: container.image, deployInterface: "bootc", agent: refused } as const;
    expect(one(failing, "agent's pull")).toMatchObject({
      outcome: "fails",
      advice: expect.stringContaining("wants the auth string of a Docker configuration"),
    });
  });

  test.each([
    ["secret", "auth string"],
    ["no-secret", "auth string"],
    ["plain-http", "over TLS"],
    ["tls", "authority"],
    ["not-there", "check the tag"],
    ["authentication-config", "JSON object"],
  ] as const)("the advice follows the cause of a pull that fails: %s", (fault, advice) => {
    const agent: AgentPull = { works: false, secretFrom: undefined, reason: "because", fault };
    const check = one({ ...container, deployInterface: "bootc", agent }, "agent's pull");
    expect(check?.advice).toContain(advice);
    expect(check?.advice?.includes("auth string")).toBe(fault === "secret" || fault === "no-secret");
  });

  test("the class is that of the manifest which was read, by whomever", () => {
    const classOf = (image: Partial<Identified> | Unidentified, agent: AgentPull) =>
      one({ image, deployInterface: "bootc", agent }, "class");
    const index = expect.stringContaining("an index");
    expect(classOf({ containerKind: "bootc" }, refused)?.outcome).toBe("ok");
    expect(classOf({ containerKind: "disk" }, refused)?.outcome).toBe("fails");
    expect(classOf({ containerKind: undefined }, refused)).toMatchObject({ outcome: "unknown", reason: index });
    const readsIndex = { ...pulled, content: {} };
    expect(classOf({ containerKind: "disk" }, readsIndex)).toMatchObject({ outcome: "unknown", reason: index });
    expect(classOf({ fault: "none" }, refused)).toMatchObject({ reason: expect.stringContaining("no manifest") });
  });

  test("bootc is enabled by default from 35 on", () => {
    const situation = { ...container, deployInterface: "bootc", agent: pulled } as const;
    expect(one({ ...situation, release: "34.0" }, "interface")?.outcome).toBe("warning");
    expect(one({ ...situation, release: "35.0" }, "interface")).toBeUndefined();
    expect(one({ ...situation, release: "34.0", conf: "[agent]" }, "interface")?.outcome).toBe("fails");
    const enabled = "[DEFAULT]\nenabled_deploy_interfaces = direct,bootc";
    expect(one({ ...situation, release: "29.0", conf: enabled }, "interface")).toBeUndefined();
  });

  test("an artifact is no container, whatever the release", () => {
    for (const release of ["29.0", "39.0"]) {
      const situation = { deployInterface: "bootc", agent: pulled, agentKind: "disk", release } as const;
      expect(one(situation, "class")?.outcome).toBe("fails");
    }
  });

  test("autodetect came with 35", () => {
    expect(outcomes({ deployInterface: "autodetect", release: "34.0" })).toEqual({ interface: "fails" });
  });

  test("autodetect takes bootc for what the conductor takes for a container", () => {
    const situation = { ...container, deployInterface: "autodetect", agent: pulled } as const;
    expect(outcomes(situation)).toEqual({ registry: "ok", detection: "ok", class: "ok", "agent's pull": "ok" });
    expect(one(situation, "detection")?.reason).toContain("the deploy interface becomes bootc");
    expect(one({ ...situation, agent: refused }, "agent's pull")?.outcome).toBe("fails");
  });

  test("and direct for everything else, a container that it can't read included", () => {
    const disk = { deployInterface: "autodetect", agent: pulled, source: "local" } as const;
    expect(one(disk, "detection")?.reason).toContain("the deploy interface becomes direct");
    expect(one(disk, "format")?.outcome).toBe("ok");
    const unreadable = { ...container, deployInterface: "autodetect", agent: pulled, canPull: false } as const;
    expect(outcomes(unreadable)).toEqual({ detection: "ok", registry: "fails" });
    expect(one(unreadable, "detection")).toMatchObject({
      reason: expect.stringContaining("can't read the image"),
      advice: "for a private bootc container set deploy_interface bootc outright",
    });
  });

  test("the conductor's own order of interfaces counts", () => {
    const conf = "[DEFAULT]\nautodetect_deploy_interfaces = ramdisk,direct";
    const situation = { ...container, deployInterface: "autodetect", agent: pulled, conf } as const;
    expect(one(situation, "detection")?.reason).toContain("becomes direct");
    expect(one(situation, "class")?.outcome).toBe("fails");
    const other = conf.replace("ramdisk,direct", "ansible,direct");
    expect(one({ ...situation, conf: other }, "detection")?.outcome).toBe("unknown");
  });

  test("direct has to be enabled too", () => {
    expect(one({ conf: "[DEFAULT]\nenabled_deploy_interfaces = ramdisk" }, "interface")?.outcome).toBe("fails");
  });
});
