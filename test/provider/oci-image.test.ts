import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ironicProvider } from "../../src/provider";
import type { Digest } from "../../src/reference";
import { OCI_INDEX, OCI_MANIFEST, referrersTag } from "../../src/registry";
import { expectKey } from "../../src/signing";
import { InProcessRegistry, pushArtifact, pushIndex } from "../../src/testing/registry";
import type { Schema } from "../../src/tfplugin";
import { type TfObject, type TfValue, unknown } from "../../src/tfplugin/cty";
import { attach, publicPem } from "../signing/support";
import { configOf, decode, diagnosticsOf, encode, type Plugin, startPlugin, type Told } from "../support/plugin-client";

import { type Bundle, keyPair, signBy, statementOf } from "../support/sigstore";

/** The data source ironic_oci_image, and the provider's ironic_release, over the plugin protocol. */
let plugin: Plugin;
let registry: InProcessRegistry;
beforeEach(async () => {
  plugin = await startPlugin(ironicProvider({}), "error");
  registry = await InProcessRegistry.start();
});
afterEach(async () => {
  await plugin.stop();
  await registry.stop();
});

const { schema: providerSchema, dataSources = {} } = ironicProvider({}).options;
const { schema } = dataSources.ironic_oci_image as { readonly schema: Schema };

const providerConfig = (said: TfObject) =>
  encode(providerSchema, configOf(providerSchema, { url: "http://127.0.0.1:1", plain_http: [registry.host], ...said }));

async function validated(said: TfObject): Promise<Told[]> {
  const { diagnostics } = await plugin.client.call("ValidateProviderConfig", { config: providerConfig(said) });
  return diagnosticsOf(diagnostics);
}

async function read(said: TfObject, provider: TfObject = {}): Promise<{ told: Told[]; state: TfObject | null }> {
  await plugin.client.call("ConfigureProvider", { terraformVersion: "1.11.4", config: providerConfig(provider) });
  const config = encode(schema, configOf(schema, { source: `oci://${registry.host}/images/one:tag`, ...said }));
  const { state, diagnostics } = await plugin.client.call("ReadDataSource", { typeName: "ironic_oci_image", config });
  return { told: diagnosticsOf(diagnostics), state: state ? decode(schema, state) : null };
}

const push = (artifactType: string | null = "application/vnd.example") =>
  pushIndex(registry.store, "images/one", "tag", [
    {
      ...pushArtifact(registry.store, "images/one", { files: [{ content: "disk" }], artifactType }),
      disktype: "qcow2",
    },
  ]);

describe("mirrors", () => {
  const source = "oci://quay.io/images/one:tag";

  test("mirrors are read, and the URL keeps the registry; with pin_mirrors it names the mirror", async () => {
    push();
    const { state: kept } = await read({ source }, { mirrors: { "quay.io": registry.host } });
    expect(kept?.url).toBe(`oci://quay.io/images/one@${kept?.digest}`);
    const { state: moved } = await read({ source }, { pin_mirrors: { "quay.io": registry.host } });
    expect([moved?.url, moved?.digest]).toEqual([`oci://${registry.host}/images/one@${kept?.digest}`, kept?.digest]);
    const { told } = await read({ source }, { pin_mirrors: unknown });
    expect(told).toMatchObject([{ severity: "error", summary: expect.stringContaining("pin_mirrors") }]);
  });
});

describe("ironic_release", () => {
  test.each(["29.0.5", "39", "v2025.1", "epoxy"])("%s is fine", async (release) => {
    expect(await validated({ ironic_release: release })).toEqual([]);
  });

  test.each(["banana", "", "2024.2", "40.0"])(
    "%j is an error at its place, which lists what is known",
    async (release) => {
      const [told, ...more] = await validated({ ironic_release: release });
      expect(more).toEqual([]);
      expect(told).toMatchObject({ severity: "error", path: ["ironic_release"] });
      expect(`${told?.summary} ${told?.detail}`).toMatch(/29\.0 \(2025\.1, Epoxy\).*39\.0 \(2026\.2, Hibiscus\)/);
    },
  );

  test("what is not known yet is fine until something depends on it", async () => {
    const later = { ironic_release: unknown as TfValue };
    expect(await validated(later)).toEqual([]);
    push();
    const { told } = await read({}, later);
    expect(told).toEqual([expect.objectContaining({ summary: "ironic_release of the provider is unknown" })]);
    expect(registry.requests).toHaveLength(0);
  });

  test("is said back, and whether it was assumed", async () => {
    push();
    expect((await read({})).state).toMatchObject({ ironic_release: "39.0", release_assumed: true });
    const named = await read({}, { ironic_release: "2025.1" });
    expect(named.state).toMatchObject({ ironic_release: "29.0", release_assumed: false });
  });
});

test("what the pinned URL is for Ironic is beside what the tag is", async () => {
  push();
  const { told, state } = await read({});
  expect(told).toEqual([]);
  expect(state).toMatchObject({ disk_format: "qcow2", as_pinned_kind: "disk", as_pinned_disk_format: "unknown" });
});

describe("a pin of another class", () => {
  beforeEach(() => push(null));

  test("is an error that explains both readings", async () => {
    for (const said of [{}, { expect: "disk" }]) {
      const { told, state } = await read(said);
      expect(told).toEqual([expect.objectContaining({ summary: "Ironic would deploy this image as another class" })]);
      expect(told[0]?.detail).toMatch(/by its tag: a disk image.*\n.*by its digest .*: a bootc container/);
      expect(told[0]?.detail).toContain("oras push");
      expect(state).toBeNull();
    }
  });

  test("is what was expected with expect = bootc, with a warning of what that means", async () => {
    const { told, state } = await read({ expect: "bootc" });
    expect(state).toMatchObject({ expect: "bootc", as_pinned_kind: "bootc", as_pinned_disk_format: "bootc" });
    expect(told.map(({ severity, detail }) => [severity, /bootc upgrade/.test(detail)])).toEqual([
      ["warning", false],
      ["warning", true],
    ]);
  });

  test("is no matter for a kernel, which has nothing to expect", async () => {
    expect((await read({ role: "kernel" })).told).toEqual([]);
    const before = registry.requests.length;
    const { told } = await read({ role: "kernel", expect: "disk" });
    expect(told).toEqual([expect.objectContaining({ summary: "expect does not apply to a kernel", path: ["expect"] })]);
    expect(registry.requests).toHaveLength(before);
  });

  test("expect is disk or bootc", async () => {
    const config = encode(schema, configOf(schema, { source: "oci://h/p:t", expect: "container" }));
    const { diagnostics } = await plugin.client.call("ValidateDataResourceConfig", {
      typeName: "ironic_oci_image",
      config,
    });
    expect(diagnosticsOf(diagnostics)).toMatchObject([{ severity: "error", path: ["expect"] }]);
  });
});

describe("an index with images for several architectures", () => {
  const entry = (architecture: string) => ({
    ...pushArtifact(registry.store, "images/one", { files: [{ content: architecture }], artifactType: "a/b" }),
    ...{ architecture, disktype: "qcow2" },
  });
  beforeEach(() => pushIndex(registry.store, "images/one", "tag", [entry("amd64"), entry("arm64")]));

  test("is a warning without an architecture, and none with one", async () => {
    const { told } = await read({});
    expect(told).toEqual([
      expect.objectContaining({
        severity: "warning",
        path: ["source"],
        detail: expect.stringContaining("(amd64, arm64)"),
      }),
    ]);
    for (const architecture of ["x86_64", "aarch64"]) expect((await read({ architecture })).told).toEqual([]);
  });

  test("has an error without the way to destroy, because the registry is not at fault", async () => {
    const { told } = await read({ architecture: "riscv64" });
    expect(told).toEqual([
      expect.objectContaining({ severity: "error", detail: expect.not.stringContaining("destroy") }),
    ]);
  });
});

describe("an error", () => {
  const inConfig = async (said: TfObject) => {
    const config = encode(schema, configOf(schema, { source: "oci://h/p:t", ...said }));
    const call = { typeName: "ironic_oci_image", config };
    return diagnosticsOf((await plugin.client.call("ValidateDataResourceConfig", call)).diagnostics);
  };

  test.each([
    ["quay.io/podman/machine-os:5.5", /did you mean oci:\/\/…/],
    ["", /must be an OCI reference/],
    ["oci://h/P:t", /written in lower case/],
  ])("of the source %j is at its place, at validation, before any request", async (source, message) => {
    const told = await inConfig({ source });
    expect(told).toEqual([expect.objectContaining({ severity: "error", path: ["source"] })]);
    expect(told[0]?.detail).toMatch(message);
    expect((await read({ source })).told).toEqual([
      expect.objectContaining({ path: ["source"], detail: expect.not.stringMatching(/destroy|\^\./) }),
    ]);
    expect(registry.requests).toHaveLength(0);
  });

  test("of an empty architecture is at its place: a variable that is not set chooses no image", async () => {
    expect(await inConfig({ architecture: "" })).toMatchObject([{ severity: "error", path: ["architecture"] }]);
  });

  test("of the access to a registry names the way to destroy without it", async () => {
    for (const source of [`oci://${registry.host}/none:1`, "oci://127.0.0.1:1/none:1"]) {
      const { told } = await read({ source });
      expect(told).toMatchObject([{ detail: expect.stringContaining("terraform destroy -refresh=false") }]);
    }
  });

  test("of a mirror is at its argument of the provider", async () => {
    for (const argument of ["mirrors", "pin_mirrors"]) {
      for (const wrong of [
        { "quay.io": "" },
        { "quay.io/path": "h" },
        { "quay.io": "u:a-secret@h" },
        { "quay.io": "h//x" },
      ]) {
        const told = await validated({ [argument]: wrong });
        expect(told).toMatchObject([{ severity: "error", path: [argument] }]);
        expect(JSON.stringify(told)).not.toContain("a-secret");
      }
    }
  });

  test("of a registry's name is at plain_http of the provider", async () => {
    for (const wrong of ["http://h", "h/path", ""]) {
      expect(await validated({ plain_http: [registry.host, wrong] })).toMatchObject([
        {
          severity: "error",
          path: ["plain_http"],
          detail: expect.stringContaining("is not a registry (host or host:port)"),
        },
      ]);
    }
  });
});

const NONE = {
  policy_file: null,
  key: null,
  certificate_identity: null,
  certificate_oidc_issuer: null,
  trusted_root: null,
};

describe("verification", () => {
  const keys = keyPair();
  const { fingerprint } = expectKey(publicPem(keys));
  const verification = { ...NONE, key: publicPem(keys) };

  test("an image that is not signed by the signer is an error; without verification nothing is read for it", async () => {
    push();
    const { told, state } = await read({ verification });
    expect(state).toBeNull();
    expect(told).toMatchObject([{ severity: "error" }]);
    expect(`${told[0]?.summary} ${told[0]?.detail}`).toMatch(/has no signature[\s\S]*expected: key sha256:/);
    registry.requests.length = 0;
    expect((await read({})).state).toMatchObject({ verified_by: null, verification: null });
    expect(registry.log.filter((line) => /referrers|\.sig/.test(line))).toEqual([]);
  });

  test("a signed image is pinned, and says who has signed it", async () => {
    const { digest } = push();
    attachWithTag(registry, "images/one", digest, signBy(keys, statementOf(digest)));
    expect((await read({ verification })).state).toMatchObject({
      tag_digest: digest,
      verified_by: `key ${fingerprint}`,
    });
  });

  test("a policy beside the lock file applies to what is locked there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ironic-oci-provider-"));
    try {
      const { digest } = push();
      const lock_file = join(folder, "ironic-oci.lock.json");
      const rules = [{ repositories: ["*"], signedBy: [{ key: publicPem(keys) }] }];
      writeFileSync(join(folder, "ironic-oci.policy.json"), JSON.stringify({ rules }));
      const refused = await read({ lock_file });
      expect(`${refused.told[0]?.summary} ${refused.told[0]?.detail}`).toContain("has no signature");
      expect(existsSync(lock_file)).toBe(false);
      attachWithTag(registry, "images/one", digest, signBy(keys, statementOf(digest)));
      expect((await read({ lock_file })).state).toMatchObject({ verified_by: `key ${fingerprint}`, locked: true });
      expect(readFileSync(lock_file, "utf8")).toContain(`"key": "${fingerprint}"`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    [NONE, "Set key"],
    [{ ...NONE, certificate_identity: "alice@example.com" }, "belong together"],
    [{ ...verification, policy_file: "policy.json" }, "policy_file stands alone"],
    [{ ...NONE, policy_file: "no-such-policy.json" }, "o-such-policy.json: can't be read (ENOENT)"],
  ])("%j is an error before any request", async (wrong, message) => {
    const { told } = await read({ verification: wrong });
    expect(`${told[0]?.summary} ${told[0]?.detail}`).toContain(message);
    expect(registry.requests).toEqual([]);
  });
});

test.each(["policy_file", "key", "certificate_identity", "certificate_oidc_issuer", "trusted_root"])(
  "an empty %s, such as the default of a variable, is an error of the configuration; an unknown one is none",
  async (name) => {
    const validated = async (value: TfValue) => {
      const config = encode(
        schema,
        configOf(schema, { source: "oci://h/p:t", verification: { ...NONE, [name]: value } }),
      );
      const call = { typeName: "ironic_oci_image", config };
      return diagnosticsOf((await plugin.client.call("ValidateDataResourceConfig", call)).diagnostics);
    };
    expect(await validated("")).toMatchObject([{ severity: "error", path: ["verification", name] }]);
    expect(await validated(unknown)).toEqual([]);
  },
);

/** Attaches a bundle at the fallback tag: the registry has no referrers API. */
function attachWithTag(at: InProcessRegistry, repository: string, subject: Digest, bundle: Bundle): void {
  const digest = attach(at, repository, subject, bundle);
  const manifests = [
    { mediaType: OCI_MANIFEST, digest, size: at.store.find(repository)?.manifests.get(digest)?.bytes.length },
  ];
  at.store.putManifest(
    repository,
    OCI_INDEX,
    JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }),
    referrersTag(subject),
  );
}
