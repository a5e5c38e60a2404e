import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnosis } from "../../../src/resolver";
import { cli } from "../../support/cli";
import { type RealRegistry, startRegistry } from "../support/registry";
import { inRootOrFail } from "../support/root";
import { Oras } from "../support/tools";

const USER = "reader:e2e-reader-password";
const SECRET = "ZTJlLWNvbmR1Y3Rvci1zZWNyZXQ";

/** What a conductor has to pull with. */
interface Setup {
  readonly instance?: string;
  readonly driver?: string;
  /** The secret in its authentication_config, or `null` for a file that has none; under the token endpoint's host. */
  readonly config?: string | null;
  readonly role?: "image" | "kernel";
}

/** Every setup that could make a difference, under a name. */
const SETUPS: Readonly<Record<string, Setup>> = {
  nothing: {},
  "the user's secret": { instance: SECRET },
  "a wrong secret of the user's": { instance: "wrong" },
  "the administrator's secret": { driver: SECRET },
  "a wrong one before a right one": { instance: "wrong", driver: SECRET, config: SECRET },
  "user:password": { instance: USER },
  "user:password of the administrator's": { driver: USER },
  "its auth string": { driver: Buffer.from(USER).toString("base64") },
  "a file with the secret": { config: SECRET },
  "a file with a wrong secret": { config: "wrong" },
  "a file with nothing for it": { config: null },
  "a kernel and the user's secret": { role: "kernel", instance: SECRET },
  "a kernel and the administrator's secret": { role: "kernel", driver: SECRET },
};

/**
 * The verdicts of `ironic-oci doctor` against what the code of a real conductor (Debian's Ironic 29) does in the same
 * place, with the same registry.
 */
describe.each([
  ["open", "open", false],
  ["htpasswd", "htpasswd", false],
  ["tokens for accounts", "token", false],
  ["tokens for everybody", "token", true],
] as const)("docker-registry: %s", (_what, mode, anonymous) => {
  let registry: RealRegistry;
  let digest: string;
  /** What Ironic did, by setup and reference. */
  const pulled = new Map<string, unknown>();

  beforeAll(async () => {
    const accounts = [USER, `:${SECRET}`];
    registry = await startRegistry(mode, { account: USER, tokens: { accounts, anonymous } });
    const oras = new Oras(registry);
    if (mode !== "open") await oras.login(USER);
    digest = await oras.push("images/one:tag", { name: "disk.raw", content: "a disk" });
    const { inside, outside } = registry.folder;
    copyFileSync(join(__dirname, "..", "support", "conductor.py"), join(outside, "conductor.py"));
    const questions = Object.entries(SETUPS).flatMap(([name, setup]) =>
      referencesFor(setup).map((reference) => ({ name, reference, setup })),
    );
    // One process for all: it takes longer to load Ironic than to ask it.
    const stdin = JSON.stringify(
      questions.map(({ name, reference, setup: { role = "image", instance, driver, config } }) => ({
        ...{ reference, role, instance, driver },
        ...(config !== undefined && { authentication_config: join(inside, writeConfig(name, config)) }),
      })),
    );
    const env = { REQUESTS_CA_BUNDLE: `${inside}/ca.pem` };
    const printed = await inRootOrFail("python3", [`${inside}/conductor.py`], { stdin, env });
    const answers = JSON.parse(printed.trim().split("\n").at(-1) ?? "") as { pulled: boolean }[];
    for (const [position, { name, reference }] of questions.entries()) {
      pulled.set(`${name} ${reference}`, answers[position]?.pulled);
    }
    process.env.SSL_CERT_FILE = registry.tls.ca;
  });
  afterAll(() => registry.stop());
  afterEach(() => {
    delete process.env.IRONIC_OCI_INSTANCE_SECRET;
    delete process.env.IRONIC_OCI_DRIVER_SECRET;
  });

  /** Kernels are pulled by digest only. */
  function referencesFor({ role }: Setup): string[] {
    const repository = `oci://${registry.host}/images/one`;
    return role === "kernel" ? [`${repository}@${digest}`] : [`${repository}@${digest}`, `${repository}:tag`];
  }

  /** An authentication_config in the registry's folder; gives its name there. */
  function writeConfig(setup: string, secret: string | null): string {
    const host = secret === null ? "elsewhere.example" : (registry.tokens?.host ?? registry.host);
    const name = `${setup.replaceAll(/\W/g, "-")}.json`;
    writeFileSync(
      join(registry.folder.outside, name),
      JSON.stringify({ auths: { [host]: { auth: secret ?? SECRET } } }),
    );
    return name;
  }

  test.each(Object.entries(SETUPS))("a conductor with %s: the doctor says what Ironic does", async (name, setup) => {
    const { role = "image", instance, driver, config } = setup;
    if (instance !== undefined) process.env.IRONIC_OCI_INSTANCE_SECRET = instance;
    if (driver !== undefined) process.env.IRONIC_OCI_DRIVER_SECRET = driver;
    const file = config === undefined ? undefined : join(registry.folder.outside, writeConfig(name, config));
    const options = ["--role", role, "--ironic-release", "29.0.5", ...(file ? ["--conductor-auth-file", file] : [])];
    for (const reference of referencesFor(setup)) {
      const { code, out } = await cli("doctor", reference, ...options, "--json");
      const [diagnosis] = JSON.parse(out) as Diagnosis[];
      expect([0, 4]).toContain(code);
      // The reasons are there to be read when this fails.
      expect({ canPull: diagnosis?.canPull, diagnosis }).toEqual({
        canPull: pulled.get(`${name} ${reference}`),
        diagnosis,
      });
    }
  });

  test("the comparison means something: Ironic 29 can pull, can't, or both", () => {
    const outcomes = { open: [true], htpasswd: [false], token: [true, false] };
    expect(new Set(pulled.values())).toEqual(new Set(outcomes[mode]));
  });
});
