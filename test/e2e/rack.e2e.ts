import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { succeeded } from "./provider/project";
import { User } from "./support/cli";
import { type RealIronic, startIronic } from "./support/ironic";
import { pushRack } from "./support/rack";
import { type RealRegistry, startRegistry } from "./support/registry";
import { NO_NETWORK, Terraform } from "./support/terraform";
import { Oras } from "./support/tools";
import { everythingIn } from "./support/written";

/**
 * The whole way, on real services alone: tags in Debian's docker-registry, pushed by the real oras, through examples/rack.ts
 * with the target ironic and the real Terraform, to Debian's Ironic. Ironic's own client says what came of it.
 */
const SECRETS = ["rack:pull-hunter6", "rack:pull-hunter7"] as const;
jest.setTimeout(300_000);
const NODES = ["node-0", "node-1", "node-2"] as const;

interface Shown {
  readonly uuid: string;
  readonly provision_state: string;
  readonly provision_updated_at: string;
  readonly driver_info: Record<string, unknown>;
  readonly instance_info: Record<string, unknown>;
  readonly properties: Record<string, unknown>;
}

describe.each(["noauth", "http_basic"] as const)("the demo's rack on a real Ironic with %s", (auth) => {
  let registry: RealRegistry;
  let oras: Oras;
  let ironic: RealIronic;
  let user: User;
  let pushed: Record<string, string>;
  let uuids: string[];

  beforeAll(async () => {
    registry = await startRegistry("htpasswd");
    oras = new Oras(registry);
    await oras.login();
    ironic = await startIronic(auth);
    user = new User(mkdtempSync(join(tmpdir(), "ironic-oci-rack-")), registry, oras.dockerConfig);
    pushed = await pushRack(oras, "1");
  });
  afterAll(async () => {
    await ironic?.stop();
    await registry?.stop();
    if (user) rmSync(user.folder, { recursive: true, force: true });
  });

  const synthesize = async (version = 1) =>
    succeeded(
      await user.example("rack", {
        CDKTF_CONTEXT_JSON: JSON.stringify({ "cdktf-ironic-oci:target": "ironic" }),
        DRIVER: "fake-hardware",
        PULL_SECRET_VERSION: String(version),
      }),
    );
  const terraform = (secret: (typeof SECRETS)[number] = SECRETS[0]) =>
    new Terraform(join(user.folder, "cdktf.out", "stacks", "rack-1"), {
      env: {
        ...NO_NETWORK,
        ...{ TF_VAR_pull_secret: secret, IRONIC_ENDPOINT: ironic.url },
        ...{ TF_LOG_PROVIDER: "TRACE", TF_LOG_PATH: join(user.folder, "terraform.log") },
        ...(ironic.credentials && {
          IRONIC_AUTH_STRATEGY: "http_basic",
          IRONIC_HTTP_BASIC_USERNAME: ironic.credentials.username,
          IRONIC_HTTP_BASIC_PASSWORD: ironic.credentials.password,
        }),
      },
    });
  /** Every change that a plan has now, in words. */
  const planned = async () =>
    Object.entries(await terraform().changes())
      .filter(([, { actions }]) => !actions.includes("no-op"))
      .map(([address, { actions }]) => `${actions.join(" then ")} ${address}`)
      .sort();
  const all = (action: string) =>
    ["ironic_deployment", "ironic_node_v1"].flatMap((type) => NODES.map((name) => `${action} ${type}.${name}`));
  /** Named after the nodes and their addresses. */
  const PORTS = NODES.map((name, index) => `${name}_52-54-00-00-01-0${index}`);
  const shown = async (name: string) => (await ironic.baremetal("node", "show", name)) as Shown;
  const url = (path: string, digest: string | undefined) => `oci://${registry.host}/${path}@${digest}`;

  /** What examples/rack.ts asks for, as Ironic's own client shows it. */
  const expectRack = async () => {
    const [first, second, third] = await Promise.all(NODES.map(shown));
    for (const [node, cpu, disktype] of [
      [first, "x86_64", "qcow2"],
      [second, "x86_64", "qcow2"],
      [third, "aarch64", "qcow2"],
    ] as const) {
      expect(node).toMatchObject({
        provision_state: "active",
        driver_info: {
          deploy_kernel: url(`ipa/${cpu}`, pushed[`${cpu} kernel`]),
          deploy_ramdisk: url(`ipa/${cpu}`, pushed[`${cpu} ramdisk`]),
          image_pull_secret: "******",
        },
        instance_info: {
          image_source: url("images/cirros", pushed[`${cpu} ${disktype}`]),
          image_pull_secret: "******",
        },
        properties: { cpu_arch: cpu },
      });
    }
    return [first, second, third].map((node) => node?.uuid ?? "");
  };
  const expectSecret = async (secret: string) => {
    for (const uuid of uuids) {
      expect(await ironic.stored(uuid, "driver_info")).toMatchObject({ image_pull_secret: secret });
      expect(await ironic.stored(uuid, "instance_info")).toMatchObject({ image_pull_secret: secret });
    }
  };

  test("is planned, and applied: what was pushed is what Ironic boots", async () => {
    await synthesize();
    succeeded(await terraform().init());
    expect(await terraform().validated()).toMatchObject({ valid: true, diagnostics: [] });
    expect(await planned()).toEqual([...all("create"), ...PORTS.map((port) => `create ironic_port_v1.${port}`)].sort());
    succeeded(await terraform().apply());
    uuids = await expectRack();
    await expectSecret(SECRETS[0]);
  });

  test("is planned again to no changes", async () => {
    expect(await planned()).toEqual([]);
  });

  test("is drifted by hand, found and mended", async () => {
    const elsewhere = ["--driver-info", "deploy_kernel=http://elsewhere.example/kernel"];
    const wrong = ["--property", "cpu_arch=ppc64le", "--extra", "by=hand"];
    await ironic.baremetal("node", "set", "node-0", ...elsewhere, ...wrong);
    await ironic.baremetal("node", "set", "node-2", "--instance-info", "image_source=http://elsewhere.example/image");
    expect(await planned()).toEqual(["update ironic_deployment.node-2", "update ironic_node_v1.node-0"]);
    succeeded(await terraform().apply());
    expect(await expectRack()).toEqual(uuids);
    expect(await planned()).toEqual([]);
  });

  test("the tags move: nothing changes until the lock file does, and then the nodes are rebuilt in place", async () => {
    const before = await shown("node-0");
    const moved = await pushRack(oras, "2");
    await synthesize();
    expect(await planned()).toEqual([]);
    expect((await user.cli("outdated")).code).toBe(3);
    succeeded(await user.cli("update"));
    await synthesize();
    expect(await planned()).toEqual(all("update"));
    succeeded(await terraform().apply());
    pushed = moved;
    expect(await expectRack()).toEqual(uuids);
    expect((await shown("node-0")).provision_updated_at).not.toBe(before.provision_updated_at);
    expect(await planned()).toEqual([]);
  });

  test("a secret is rotated, and no machine is touched for it", async () => {
    const before = await shown("node-1");
    await synthesize(2);
    expect(await planned()).toEqual(all("update"));
    succeeded(await terraform(SECRETS[1]).apply());
    await expectSecret(SECRETS[1]);
    expect((await shown("node-1")).provision_updated_at).toBe(before.provision_updated_at);
    expect(await planned()).toEqual([]);
  });

  test("is imported into an empty state, and no machine is touched for that either", async () => {
    const before = await shown("node-2");
    renameSync(join(user.folder, "terraform.rack-1.tfstate"), join(user.folder, "lost.tfstate"));
    for (const name of NODES) {
      succeeded(await terraform().import(`ironic_node_v1.${name}`, name));
      succeeded(await terraform().import(`ironic_deployment.${name}`, name));
    }
    for (const port of PORTS) {
      const [, address = ""] = port.split("_");
      succeeded(await terraform().import(`ironic_port_v1.${port}`, address.replaceAll("-", ":")));
    }
    // The versions of the secrets can't be read back from Ironic: they are recorded.
    expect(await planned()).toEqual(all("update"));
    succeeded(await terraform(SECRETS[1]).apply());
    expect(await planned()).toEqual([]);
    expect(await expectRack()).toEqual(uuids);
    expect((await shown("node-2")).provision_updated_at).toBe(before.provision_updated_at);
  });

  test("is destroyed", async () => {
    succeeded(await terraform().destroy());
    expect(await ironic.baremetal("node", "list", "--include-children")).toEqual([]);
  });

  test("no secret is in anything that was written on the way", async () => {
    const written = everythingIn(user.folder) + JSON.stringify(await terraform().show("changes.tfplan"));
    // It is all there: states, plans, the log, the JSON, the lock file.
    for (const known of ["image_pull_secret_wo", "node node-0: active", uuids[0], pushed["x86_64 kernel"]]) {
      expect(written).toContain(known);
    }
    for (const secret of [...SECRETS, ironic.credentials?.password].filter((each) => each !== undefined)) {
      for (const form of [secret, secret.split(":").at(-1) ?? "", Buffer.from(secret).toString("base64")]) {
        expect(written).not.toContain(form);
      }
    }
  });
});
