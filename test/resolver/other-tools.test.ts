import { OciResolver } from "cdktf-ironic-oci";
import { InProcessRegistry, pushArtifact } from "../../src/testing/registry";
import { cli } from "../support/cli";
import { readFixture } from "../support/fixtures";

interface Recorded {
  readonly by: string;
  readonly repository: string;
  readonly tag: string;
  /** By release: a disk format and the codes of warnings, or the code of an error. */
  readonly gives: Readonly<Record<string, string>>;
  /** Manifests as they were in the registry; the last one has the tag. */
  readonly documents: readonly string[];
}

const recorded = readFixture("tools.json") as readonly Recorded[];

let registry: InProcessRegistry;
beforeAll(async () => {
  registry = await InProcessRegistry.start();
  for (const { repository, tag, documents } of recorded) {
    registry.store.repository(repository).quirks = { anyAccept: true };
    for (const [number, body] of documents.entries()) {
      const last = number === documents.length - 1;
      registry.store.putManifest(repository, JSON.parse(body).mediaType, body, last ? tag : undefined);
    }
  }
});
afterAll(() => registry.stop());

test.each(
  recorded.flatMap(({ by, repository, tag, gives }) =>
    Object.entries(gives).map(([release, expected]) => ({ by, release, at: `${repository}:${tag}`, expected })),
  ),
)("$by, Ironic $release: $expected", async ({ release, at, expected }) => {
  const resolver = new OciResolver({ plainHttp: [registry.host], credentials: {}, ironicRelease: release });
  const outcome = await resolver
    .resolve(`oci://${registry.host}/${at}`, { architecture: "x86_64" })
    .then(
      ({ diskFormat, warnings }) => [diskFormat, ...warnings.map(({ code }) => code)].join(", "),
      ({ code, message }: { code?: string; message: string }) => code ?? message,
    )
    .finally(() => resolver.close());
  expect(outcome).toBe(expected);
});

test.each(["podman/container:docker", "skopeo/container:docker"])("annotate refuses the format of %s", async (at) => {
  const { digest } = pushArtifact(registry.store, at.split(":")[0] ?? "", { files: [{ content: "disk" }] });
  const argv = ["--disk", `${digest}=x86_64:qcow2`, "--plain-http", registry.host, "--json"];
  const { code, out } = await cli("annotate", `${registry.host}/${at}`, ...argv);
  const message = expect.stringContaining("Docker's format (application/vnd.docker.distribution.manifest.v2+json)");
  expect([code, JSON.parse(out).error]).toEqual([2, expect.objectContaining({ code: "INVALID_ARTIFACTS", message })]);
});

test("a kernel in a container is warned of, and a disk in a container is not made a disk image", async () => {
  const resolver = new OciResolver({ plainHttp: [registry.host], credentials: {} });
  const at = `${registry.host}/podman/container:1`;
  const pin = await resolver.resolve(`oci://${at}`, { role: "kernel" }).finally(() => resolver.close());
  expect(pin.warnings.map(({ code }) => code)).toEqual(["archive"]);
  const { code, out } = await cli(
    ...["annotate", at, "--disk", `${pin.digest}=x86_64:qcow2`, "--plain-http", registry.host, "--json"],
  );
  expect([code, JSON.parse(out).error.code]).toEqual([2, "INVALID_ARTIFACTS"]);
  expect(registry.store.find("podman/container")?.tags.get("1")).toBe(pin.digest);
});
