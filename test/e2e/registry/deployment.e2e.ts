import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckName, Diagnosis } from "../../../src/resolver";
import { cli } from "../../support/cli";
import { type ConductorAnswer, ConductorFolder, type ConductorQuestion, RELEASES } from "../support/conductor";
import { type RealRegistry, startRegistry } from "../support/registry";
import { inRoot, inRootOrFail, type Suite } from "../support/root";
import { Oras } from "../support/tools";

const USER = "reader:e2e-reader-password";
const AUTH_STRING = Buffer.from(USER).toString("base64");
const SECRET = "ZTJlLWNvbmR1Y3Rvci1zZWNyZXQ";
const suites = ["trixie", "sid"] as const;

const OFF = "[DEFAULT]\nforce_raw_images = false\n[agent]\nstream_raw_images = false\n";
const NO_FORCE = "[DEFAULT]\nforce_raw_images = false\n";
const NO_STREAM = "[agent]\nstream_raw_images = false\n";
const ALWAYS = "[conductor]\nconductor_always_validates_images = true\n";
const NEVER = "[conductor]\ndisable_deep_image_inspection = true\n";
const ONLY_RAW = "[conductor]\npermitted_image_formats = raw\n";

/** What is deployed, by its repository. */
type Image = "raw" | "qcow2" | "plain" | "container" | "layers";

/** One deployment with the deploy interface `direct`. */
interface Deployment {
  readonly image: Image;
  readonly by: "tag" | "digest";
  readonly source: "local" | "http";
  /** `instance_info.image_disk_format`; by digest `raw` where nothing is said. */
  readonly format?: "raw" | "qcow2" | "none";
  readonly memoryMb?: number;
  readonly conf?: string;
  /** From the registry with tokens, with a secret. */
  readonly isPrivate?: boolean;
}

/** Every combination that could make a difference. */
function deployments(): Deployment[] {
  const found: Deployment[] = [];
  for (const by of ["tag", "digest"] as const) {
    for (const source of ["local", "http"] as const) {
      for (const image of ["raw", "qcow2", "plain", "container", "layers"] as const) {
        found.push({ image, by, source }, { image, by, source, memoryMb: 4096 });
      }
      for (const format of ["none", "qcow2"] as const) {
        for (const conf of ["", ALWAYS, NEVER]) found.push({ image: "qcow2", by, source, format, conf });
      }
      for (const image of ["raw", "qcow2"] as const) {
        for (const conf of [OFF, NO_FORCE, NO_STREAM]) {
          found.push({ image, by, source, conf }, { image, by, source, conf, memoryMb: 4096 });
          found.push({ image, by, source, conf, memoryMb: 1 });
        }
        found.push({ image, by, source, memoryMb: 1 });
        found.push({ image, by, source, conf: ONLY_RAW }, { image, by, source, conf: ALWAYS });
        found.push({ image, by, source, isPrivate: true }, { image, by, source, isPrivate: true, memoryMb: 4096 });
      }
    }
  }
  return found;
}

/** What Ironic itself decides before the machine boots; the rest is up to the agent. */
const BY_IRONIC: readonly CheckName[] = ["registry", "class", "layers", "format", "size check"];

let open: RealRegistry;
let guarded: RealRegistry;
const digests = new Map<string, string>();
const folders = new Map<Suite, ConductorFolder>();

beforeAll(async () => {
  open = await startRegistry("open");
  guarded = await startRegistry("token", { tokens: { accounts: [USER, `:${SECRET}`], anonymous: false } });
  const twoMib = "x".repeat(2 * 1024 * 1024);
  for (const registry of [open, guarded]) {
    const oras = new Oras(registry);
    if (registry === guarded) await oras.login(USER);
    const { inside } = registry.folder;
    await inRootOrFail("qemu-img", ["create", "-q", "-f", "qcow2", `${inside}/disk.qcow2`, "1M"]);
    const push = async (image: Image, file: string, content: string | undefined, ...argv: string[]) => {
      if (content !== undefined) oras.write({ name: file, content });
      digests.set(`${registry.host} ${image}`, await oras.pushFile(`images/${image}:tag`, file, ...argv));
    };
    await push("raw", "disk.raw", twoMib, "-a", "disktype=raw");
    await push("qcow2", "disk.qcow2", undefined, "-a", "disktype=qcow2");
    await push("plain", "disk.img", twoMib);
    oras.write({ name: "config.json.oci", content: '{"architecture":"amd64","os":"linux"}' });
    const config = "config.json.oci:application/vnd.oci.image.config.v1+json";
    await push("container", "layer.tar", twoMib, "--image-spec", "v1.0", "--config", config);
    oras.write({ name: "second.tar", content: "a second layer" });
    digests.set(
      `${registry.host} layers`,
      await oras.pushFile("images/layers:tag", "layer.tar", "second.tar", "-a", "disktype=raw"),
    );
  }
  for (const suite of suites) folders.set(suite, new ConductorFolder(suite, [open.tls.ca, guarded.tls.ca]));
  process.env.SSL_CERT_FILE = (folders.get("trixie") as ConductorFolder).bundle;
});
afterAll(async () => {
  for (const folder of folders.values()) folder.remove();
  await guarded.stop();
  await open.stop();
});

function referenceOf(image: Image, by: "tag" | "digest", registry = open): string {
  const suffix = by === "tag" ? ":tag" : `@${digests.get(`${registry.host} ${image}`)}`;
  return `oci://${registry.host}/images/${image}${suffix}`;
}

/** Asks the doctor what a conductor makes of it. */
async function askDoctor(suite: Suite, question: ConductorQuestion, ...more: string[]): Promise<Diagnosis> {
  const folder = folders.get(suite) as ConductorFolder;
  const { conf, auth } = folder.configure(question);
  const { out } = await cli(
    ...["doctor", question.reference ?? "", "--ironic-release", RELEASES[suite], "--json"],
    ...["--ironic-conf", folder.outside(conf)],
    ...(auth === undefined ? [] : ["--conductor-auth-file", folder.outside(auth)]),
    ...(question.driver === undefined
      ? []
      : ["--driver-secret-file", folder.outside(folder.write("driver", question.driver))]),
    ...(question.instance === undefined
      ? []
      : ["--instance-secret-file", folder.outside(folder.write("instance", question.instance))]),
    ...more,
  );
  return (JSON.parse(out) as Diagnosis[])[0] as Diagnosis;
}

describe.each(suites)("Ironic in %s: a deployment with direct", (suite) => {
  const answers: ConductorAnswer[] = [];

  function questionFor({ image, by, source, format, memoryMb, conf = "", isPrivate }: Deployment): ConductorQuestion {
    const sent = format ?? (by === "digest" ? "raw" : "none");
    return {
      what: "deploy",
      reference: referenceOf(image, by, isPrivate ? guarded : open),
      // The conductor's own web server is the test's.
      conf: `${conf}${conf.includes("[deploy]") ? "" : "[deploy]\nhttp_url = http://127.0.0.1\n"}`,
      driver: isPrivate ? SECRET : undefined,
      driver_info: { image_download_source: source },
      instance_info: sent === "none" ? {} : { image_disk_format: sent },
      properties: memoryMb === undefined ? {} : { memory_mb: memoryMb },
    };
  }

  beforeAll(async () => {
    answers.push(...(await (folders.get(suite) as ConductorFolder).ask(deployments().map(questionFor))));
  });

  const describeDeployment = ({ image, by, source, format, memoryMb, conf, isPrivate }: Deployment) =>
    [
      ...[image, by, source, format && `format ${format}`, memoryMb && `${memoryMb} MiB`],
      ...[conf?.trim().replaceAll("\n", " "), isPrivate && "private"],
    ]
      .filter(Boolean)
      .join(", ");

  test.each(deployments().map((each, position) => [describeDeployment(each), each, position] as const))(
    "%s",
    async (_what, deployment, position) => {
      const { source, format, memoryMb } = deployment;
      const diagnosis = await askDoctor(
        suite,
        questionFor(deployment),
        ...["--download-source", source],
        ...(format === undefined ? [] : ["--image-disk-format", format]),
        ...(memoryMb === undefined ? [] : ["--memory-mb", String(memoryMb)]),
      );
      const checks = diagnosis.checks.filter(({ check }) => BY_IRONIC.includes(check));
      // What depends on bytes that the doctor does not look at, it says to be unknown.
      if (checks.some(({ outcome }) => outcome === "unknown")) return;
      const fails = new Set(checks.filter(({ outcome }) => outcome === "fails").map(({ check }) => check));
      const answer = answers[position] as ConductorAnswer;
      // Ironic leaves to the agent what the agent can't do: pull a container, or write the first of several layers.
      if (source === "http" && answer.disk_format === "bootc") fails.delete("class");
      if (source === "http") fails.delete("layers");
      expect({ works: fails.size === 0, diagnosis, answer }).toEqual({ works: answer.works, diagnosis, answer });
    },
  );

  test("the comparison means something: some get through, and some fail for each reason that Ironic has", () => {
    const errors = new Set(answers.map(({ error }) => error));
    expect(errors).toContain(undefined);
    expect(errors).toContain("InvalidImage");
    const ofTheRelease =
      suite === "trixie"
        ? ["OciImageNotSpecific", "InvalidParameterValue", "ImageServiceAuthenticationRequired"]
        : ["KeyError"];
    for (const error of ofTheRelease) expect(errors).toContain(error);
  });
});

describe.each(suites)("Ironic in %s: a bootc container", (suite) => {
  const secrets: Readonly<Record<string, Partial<ConductorQuestion>>> = {
    "no secret": {},
    "user:password": { driver: USER },
    "the auth string": { driver: AUTH_STRING },
    "the auth string of the user's": { instance: AUTH_STRING, driver: "wrong:secret" },
    "an empty secret of the user's": { instance: "", driver: AUTH_STRING },
    "a secret that is no base64": { driver: "hunter2!" },
    "base64 without a user": { driver: Buffer.from("hunter").toString("base64") },
    image_server_user: { conf: `[deploy]\nimage_server_user = reader\nimage_server_password = e2e-reader-password\n` },
  };

  /** From both registries, without and with a file that has the secret for the agent. */
  function questionsFor(asked: Partial<ConductorQuestion>) {
    return [open, guarded].flatMap((registry) => {
      const file = JSON.stringify({ auths: { [registry.host]: { auth: AUTH_STRING } } });
      return [undefined, file].map((authenticationConfig) => {
        const reference = referenceOf("container", "digest", registry);
        return { registry, question: { ...asked, authenticationConfig, reference, what: "bootc" } as const };
      });
    });
  }

  const answers = new Map<string, ConductorAnswer[]>();
  beforeAll(async () => {
    const folder = folders.get(suite) as ConductorFolder;
    const all = Object.entries(secrets).map(([name, asked]) => ({ name, questions: questionsFor(asked) }));
    const given = await folder.ask(all.flatMap(({ questions }) => questions.map(({ question }) => question)));
    for (const { name, questions } of all) answers.set(name, given.splice(0, questions.length));
  });

  test.each(Object.entries(secrets))(
    "%s: what is detected, and what the agent's podman can pull",
    async (name, asked) => {
      for (const [position, { registry, question }] of questionsFor(asked).entries()) {
        const answer = answers.get(name)?.[position];
        const { auth, detected } = answer as ConductorAnswer & { readonly auth: string | null };
        const diagnosis = await askDoctor(suite, question, "--deploy-interface", "bootc");
        const pulled = await pull(registry, auth);
        const find = (check: CheckName) => diagnosis.checks.find((each) => each.check === check);
        const outcome = pulled ? "ok" : "fails";
        expect({ outcome: find("agent's pull")?.outcome, auth, diagnosis }).toEqual({ outcome, auth, diagnosis });
        if (suite === "trixie") continue;
        const auto = await askDoctor(suite, question, "--deploy-interface", "autodetect");
        const detection = auto.checks.find(({ check }) => check === "detection")?.reason;
        const becomes = expect.stringContaining(`becomes ${detected ? "bootc" : "direct"}`);
        expect({ detection, auto }).toEqual({ detection: becomes, auto });
      }
    },
  );
});

/**
 * What podman would get with the file that the agent writes for it: skopeo reads such files, and asks registries, with the same
 * library (containers/image).
 */
async function pull(registry: RealRegistry, auth: string | null): Promise<boolean> {
  const { inside, outside } = registry.folder;
  writeFileSync(
    join(outside, "agent.json"),
    JSON.stringify(auth === null ? {} : { auths: { [registry.host]: { auth } } }),
  );
  await inRootOrFail("sh", ["-c", "mkdir -p certs && cp ca.pem certs/ca.crt"], { cwd: inside });
  const reference = referenceOf("container", "digest", registry).slice("oci://".length);
  const { code } = await inRoot("skopeo", [
    ...["inspect", "--raw", "--authfile", `${inside}/agent.json`, "--cert-dir", `${inside}/certs`],
    `docker://${reference}`,
  ]);
  return code === 0;
}
