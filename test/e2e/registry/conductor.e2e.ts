import { type AddressInfo, connect, createServer as createPlainServer, type Server } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { type Diagnosis, parseRelease, readSettings } from "../../../src/resolver";
import { cli } from "../../support/cli";
import { makeCa, readPem, type TestCa } from "../support/ca";
import { type ConductorAnswer, ConductorFolder, type ConductorQuestion, RELEASES } from "../support/conductor";
import { type RealRegistry, startRegistry } from "../support/registry";
import { SharedFolder, type Suite } from "../support/root";
import { Oras } from "../support/tools";

const USER = "reader:e2e-reader-password";
const AUTH_STRING = Buffer.from(USER).toString("base64");
const SECRET = "ZTJlLWNvbmR1Y3Rvci1zZWNyZXQ";
const [name, password] = USER.split(":");
const IMAGE_SERVER = `[deploy]\nimage_server_user = ${name}\nimage_server_password = ${password}\n`;

/** What a conductor has to pull with. */
interface Setup {
  readonly instance?: string;
  readonly driver?: string;
  /** The secret in its authentication_config, or `null` for a file that has none; under the token endpoint's host. */
  readonly config?: string | null;
  /** The whole text of that file. */
  readonly configText?: string;
  readonly conf?: string;
  readonly role?: "image" | "kernel";
  readonly boot?: "pxe" | "virtual-media";
}

/** Every setup that could make a difference, under a name. */
const SETUPS: Readonly<Record<string, Setup>> = {
  nothing: {},
  "the user's secret": { instance: SECRET },
  "a wrong secret of the user's": { instance: "wrong" },
  "the administrator's secret": { driver: SECRET },
  "a wrong one before a right one": { instance: "wrong", driver: SECRET, config: SECRET },
  "an empty one before a right one": { instance: "", driver: SECRET },
  "an empty one before a right one and a file": { instance: "", driver: "wrong", config: SECRET },
  "an empty one of the administrator's": { driver: "" },
  "a lone colon": { driver: ":" },
  "a user without a password": { driver: `${name}:` },
  "user:password": { instance: USER },
  "user:password of the administrator's": { driver: USER },
  "its auth string": { driver: AUTH_STRING },
  image_server_user: { conf: IMAGE_SERVER },
  "image_server_user before a file": { conf: IMAGE_SERVER, config: "wrong" },
  "a wrong secret before image_server_user": { conf: IMAGE_SERVER, driver: "wrong:secret" },
  "a file with the secret": { config: SECRET },
  "a file with the auth string": { config: AUTH_STRING },
  "a file with a wrong secret": { config: "wrong" },
  "a file with nothing for it": { config: null },
  "a file that is a list": { configText: "[]" },
  "a file that is no JSON": { configText: "{" },
  "a kernel and the user's secret": { role: "kernel", boot: "pxe", instance: SECRET },
  "a kernel over PXE and the administrator's secret": { role: "kernel", boot: "pxe", driver: SECRET },
  "a kernel over PXE and an empty secret": { role: "kernel", boot: "pxe", driver: "" },
  "a kernel over PXE and image_server_user": { role: "kernel", boot: "pxe", conf: IMAGE_SERVER },
  "a kernel on virtual media and the administrator's secret": { role: "kernel", boot: "virtual-media", driver: SECRET },
  "a kernel on virtual media and image_server_user": { role: "kernel", boot: "virtual-media", conf: IMAGE_SERVER },
  "a kernel on virtual media and a file": { role: "kernel", boot: "virtual-media", driver: "wrong", config: SECRET },
};

const suites = ["trixie", "sid"] as const;
const BOOT_INTERFACES = { pxe: "ipxe", "virtual-media": "redfish-virtual-media" } as const;

/** Asks the doctor what a conductor with these settings can do. */
async function askDoctor(suite: Suite, folder: ConductorFolder, question: ConductorQuestion, ...more: string[]) {
  const { reference = "", role = "image", boot, instance, driver } = question;
  const { conf, auth } = folder.configure(question);
  const secret = (option: string, value: string | undefined, file: string) =>
    value === undefined ? [] : [option, folder.outside(folder.write(file, value))];
  return cli(
    ...["doctor", reference, "--role", role, "--ironic-release", RELEASES[suite], "--json"],
    ...["--ironic-conf", folder.outside(conf)],
    ...(auth === undefined ? [] : ["--conductor-auth-file", folder.outside(auth)]),
    ...(boot === undefined ? [] : ["--boot-interface", BOOT_INTERFACES[boot]]),
    ...secret("--instance-secret-file", instance, "instance"),
    ...secret("--driver-secret-file", driver, "driver"),
    ...more,
  );
}

/**
 * The verdicts of `ironic-oci doctor` against what the code of real conductors (Debian's Ironic 29 and 39) does in the same
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
  const folders = new Map<Suite, ConductorFolder>();
  /** What Ironic did, by suite, setup and reference. */
  const answers = new Map<string, ConductorAnswer>();

  beforeAll(async () => {
    const accounts = [USER, `:${SECRET}`];
    registry = await startRegistry(mode, { account: USER, tokens: { accounts, anonymous } });
    const oras = new Oras(registry);
    if (mode !== "open") await oras.login(USER);
    digest = await oras.push("images/one:tag", { name: "disk.raw", content: "a disk" });
    process.env.SSL_CERT_FILE = registry.tls.ca;
    await Promise.all(
      suites.map(async (suite) => {
        const folder = new ConductorFolder(suite, [registry.tls.ca]);
        folders.set(suite, folder);
        const questions = Object.entries(SETUPS).flatMap(([setup, each]) =>
          questionsFor(each).map((question) => ({ setup, question })),
        );
        const given = await folder.ask(questions.map(({ question }) => question));
        for (const [position, { setup, question }] of questions.entries()) {
          answers.set(`${suite} ${setup} ${question.reference}`, given[position] as ConductorAnswer);
        }
      }),
    );
  });
  afterAll(async () => {
    for (const folder of folders.values()) folder.remove();
    await registry.stop();
  });

  /** By digest and by tag; kernels are pulled by digest only. */
  function questionsFor({ config, configText, ...setup }: Setup): ConductorQuestion[] {
    const repository = `oci://${registry.host}/images/one`;
    const host = config === null ? "elsewhere.example" : (registry.tokens?.host ?? registry.host);
    const entry = config === undefined ? undefined : JSON.stringify({ auths: { [host]: { auth: config ?? SECRET } } });
    const question = { ...setup, authenticationConfig: configText ?? entry };
    const byDigest = { ...question, reference: `${repository}@${digest}` };
    return setup.role === "kernel" ? [byDigest] : [byDigest, { ...question, reference: `${repository}:tag` }];
  }

  describe.each(suites)("Ironic in %s", (suite) => {
    test.each(Object.entries(SETUPS))("a conductor with %s: the doctor says what Ironic does", async (setup, each) => {
      for (const question of questionsFor(each)) {
        const { code, out } = await askDoctor(suite, folders.get(suite) as ConductorFolder, question);
        expect([0, 4]).toContain(code);
        const [diagnosis] = JSON.parse(out) as Diagnosis[];
        const answer = answers.get(`${suite} ${setup} ${question.reference}`);
        // The reasons are there to be read when this fails.
        expect({ canPull: diagnosis?.canPull, diagnosis, answer }).toEqual({
          canPull: answer?.works,
          diagnosis,
          answer,
        });
        for (const secret of [SECRET, AUTH_STRING, password]) expect(out).not.toContain(secret);
      }
    });

    test("the comparison means something: Ironic can pull, can't, or both", () => {
      const worked = [...answers].filter(([key]) => key.startsWith(suite)).map(([, { works }]) => works);
      const outcomes = { open: [true], htpasswd: suite === "trixie" ? [false] : [true, false], token: [true, false] };
      expect(new Set(worked)).toEqual(new Set(outcomes[mode]));
    });
  });

  test("a form that is proposed in place of a refused one works for Ironic", async () => {
    for (const suite of suites) {
      const folder = folders.get(suite) as ConductorFolder;
      const reference = `oci://${registry.host}/images/one@${digest}`;
      for (const driver of [USER, AUTH_STRING]) {
        const { out } = await askDoctor(suite, folder, { reference, driver });
        const report = (JSON.parse(out) as Diagnosis[])[0]?.ways.find(({ way }) => way === "driver_info");
        if (report?.otherForm === undefined) continue;
        const other = report.otherForm.form === "user:password" ? USER : AUTH_STRING;
        const [answer] = await folder.ask([{ reference, driver: other }]);
        expect({ report, works: report.otherForm.works }).toEqual({ report, works: answer?.works });
      }
    }
  });
});

/** Other ways to reach one open registry that speaks plain HTTP itself, each a TLS server of its own before it. */
describe("transport", () => {
  let registry: RealRegistry;
  let folder: SharedFolder;
  let ca: TestCa;
  let digest: string;
  const servers: Server[] = [];
  const folders = new Map<Suite, ConductorFolder>();
  const hosts: Record<string, string> = {};

  /** A TLS server before the registry; gives its host. */
  async function front(options: TlsOptions): Promise<string> {
    const backend = Number(registry.host.split(":")[1]);
    const tls = { cert: readPem(ca.cert), key: readPem(ca.key), ...options };
    const server = createServer(tls, (socket) => {
      const upstream = connect(backend, "127.0.0.1");
      socket.pipe(upstream).pipe(socket);
      for (const end of [socket, upstream]) end.on("error", () => socket.destroy());
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A server before the registry that speaks plain HTTP, and hangs up on who begins with TLS. */
  async function hangingUpOnTls(): Promise<string> {
    const backend = Number(registry.host.split(":")[1]);
    const server = createPlainServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", (first) => {
        // A TLS record of the type handshake (RFC 8446 section 5.1).
        if (first[0] === 22) return socket.end();
        const upstream = connect(backend, "127.0.0.1");
        upstream.on("error", () => socket.destroy()).write(first);
        socket.pipe(upstream).pipe(socket);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  beforeAll(async () => {
    registry = await startRegistry("open", { plainHttp: true });
    folder = new SharedFolder("front");
    ca = await makeCa(folder);
    digest = await new Oras(registry).push("images/one:tag", { name: "disk.raw", content: "a disk" });
    hosts["plain HTTP"] = registry.host;
    hosts["TLS 1.2 at most"] = await front({ maxVersion: "TLSv1.2" });
    hosts["TLS 1.3 alone"] = await front({ minVersion: "TLSv1.3" });
    hosts["client certificates"] = await front({ requestCert: true, rejectUnauthorized: true, ca: readPem(ca.ca) });
    hosts["hanging up on TLS"] = await hangingUpOnTls();
    process.env.SSL_CERT_FILE = ca.ca;
    for (const suite of suites) folders.set(suite, new ConductorFolder(suite, [ca.ca]));
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    for (const each of folders.values()) each.remove();
    folder.remove();
    await registry.stop();
  });

  const fallback = "[oci]\npermit_fallback_to_http_transport = true\n";
  const minimum = (version: string) => `[DEFAULT]\nwebserver_tls_minimum_version = ${version}\n`;
  const verify = (value: string) => `[DEFAULT]\nwebserver_verify_ca = ${value}\n`;
  const CASES: readonly (readonly [host: string, what: string, conf: string, trusts: boolean])[] = [
    ["plain HTTP", "the defaults", "", true],
    ["plain HTTP", "the fallback", fallback, true],
    ["plain HTTP", "the fallback, trusting nobody", fallback, false],
    ["TLS 1.2 at most", "the defaults", "", true],
    ["TLS 1.2 at most", "TLS 1.2", minimum("1.2"), true],
    ["TLS 1.2 at most", "the fallback", fallback, true],
    ["hanging up on TLS", "the defaults", "", true],
    ["hanging up on TLS", "the fallback", fallback, true],
    ["TLS 1.3 alone", "the defaults", "", true],
    ["TLS 1.3 alone", "TLS 1.2", minimum("1.2"), true],
    ["client certificates", "the defaults", "", true],
    ["client certificates", "TLS 1.2", minimum("1.2"), true],
    ["TLS 1.3 alone", "no checking", verify("False"), false],
    ["TLS 1.3 alone", "checking by [oci]verify_ca", `[oci]\nverify_ca = CA\n${verify("False")}`, false],
    ["TLS 1.3 alone", "no checking by [oci]verify_ca", `[oci]\nverify_ca = no\n${verify("CA")}`, false],
    ["TLS 1.3 alone", "a path in webserver_verify_ca", verify("CA"), false],
    ["TLS 1.3 alone", "other authorities", `[oci]\nverify_ca = OTHER\n${verify("False")}`, false],
    [
      "TLS 1.3 alone",
      "other authorities and the fallback",
      `[oci]\nverify_ca = OTHER\npermit_fallback_to_http_transport = true\n${verify("False")}`,
      false,
    ],
  ];

  test.each(suites)("Ironic in %s: the doctor says what it does", async (suite) => {
    const conductor = folders.get(suite) as ConductorFolder;
    const another = new SharedFolder("other");
    const other = await makeCa(another);
    const paths = {
      CA: conductor.write("ca.pem", readPem(ca.ca)),
      OTHER: conductor.write("other.pem", readPem(other.ca)),
    };
    const configured = (conf: string, map: (path: string) => string) =>
      conf.replaceAll("OTHER", map(paths.OTHER)).replaceAll("CA\n", `${map(paths.CA)}\n`);
    const questions = CASES.flatMap(([host, what, conf, trusts]) =>
      [`:tag`, `@${digest}`].map((suffix) => ({
        what,
        conf,
        trusts,
        host,
        reference: `oci://${hosts[host]}/images/one${suffix}`,
      })),
    );
    const answers = await conductor.ask(
      questions.map(({ reference, conf, trusts }) => ({ reference, trusts, conf: configured(conf, (path) => path) })),
    );
    for (const [position, { reference, what, host, conf }] of questions.entries()) {
      const question = { reference, conf: configured(conf, (path) => conductor.outside(path)) };
      const { code, out } = await askDoctor(suite, conductor, question, "--plain-http", hosts[host] ?? "");
      const [diagnosis] = JSON.parse(out) as Diagnosis[];
      const answer = answers[position];
      expect({ host, what, code: [0, 4].includes(code), canPull: diagnosis?.canPull, diagnosis, answer }).toEqual({
        ...{ host, what, code: true, diagnosis, answer },
        canPull: answer?.works,
      });
    }
    another.remove();
    // Each release refuses something that another conductor takes.
    expect(new Set(answers.map(({ works }) => works))).toEqual(new Set([true, false]));
  });
});

/** What this program reads out of a configuration file, and what oslo.config does. */
test.each(suites)("oslo.config in %s reads files as the doctor does", async (suite) => {
  const folder = new ConductorFolder(suite, []);
  const texts = [
    "",
    "[DEFAULT]\nforce_raw_images = No\n[agent]\nimage_download_source: local\nstream_raw_images=0",
    "[oci]\nauthentication_config = /one\n  /two\n\n[OCI]\n# comment\n; comment\nauthentication_config = '/three'",
    '[deploy]\nimage_server_user = "a b"\nimage_server_password = pa$$word:#;\\$x %(y)s $5\n',
    "[DEFAULT]\nhost = h\ndefault_boot_interface = $\u007bhost}x\n[oci]\nauthentication_config = /etc/$default_boot_interface",
    "[deploy]\nimage_server_user = u\n[oci]\nauthentication_config = $\u007bdeploy.image_server_user}/$host\n[DEFAULT]\nhost = h",
    "[conductor]\npermitted_image_formats = raw , qcow2,\nconductor_always_validates_images = TRUE",
    "[DEFAULT]\nenabled_deploy_interfaces =\n[agent]\nmemory_consumed_by_agent = 12",
    "[agent]\r\nimage_download_source = swift\r\n",
    "force_raw_images = true",
    "[agent\nx = y",
    "[agent]\nx",
    "[agent]\n = y",
    "[agent]\n  x",
    "[]\nx = y",
    "[agent]\nimage_download_source = Local",
    "[DEFAULT]\nforce_raw_images = maybe",
    "[agent]\nmemory_consumed_by_agent = many",
  ];
  try {
    const answers = await folder.ask(texts.map((conf) => ({ what: "settings", conf })));
    const release = parseRelease(RELEASES[suite]);
    for (const [position, text] of texts.entries()) {
      const { works, values } = answers[position] as ConductorAnswer & { readonly values?: Record<string, unknown> };
      const broken =
        !works ||
        Object.values(values ?? {}).some((value) => typeof value === "object" && value !== null && "error" in value);
      const read = () => readSettings([{ path: "ironic.conf", text }], release);
      if (broken) {
        expect(read).toThrow(expect.objectContaining({ code: "CONDUCTOR_CONFIGURATION" }));
        continue;
      }
      const settings = read();
      const server = values?.["deploy.image_server_user"] && values["deploy.image_server_password"];
      expect({ text, ...settings }).toMatchObject({
        text,
        authenticationConfig: values?.["oci.authentication_config"] || undefined,
        imageServer:
          server && suite === "sid"
            ? { username: values["deploy.image_server_user"], password: values["deploy.image_server_password"] }
            : undefined,
        imageDownloadSource: values?.["agent.image_download_source"],
        forceRawImages: values?.["DEFAULT.force_raw_images"],
        streamRawImages: values?.["agent.stream_raw_images"],
        memoryConsumedByAgent: values?.["agent.memory_consumed_by_agent"],
        conductorAlwaysValidatesImages: values?.["conductor.conductor_always_validates_images"],
        permittedImageFormats: values?.["conductor.permitted_image_formats"],
        defaultBootInterface: values?.["DEFAULT.default_boot_interface"] ?? undefined,
        enabledDeployInterfaces: values?.["DEFAULT.enabled_deploy_interfaces"],
      });
    }
    expect(answers.filter(({ works }) => works).length).toBeGreaterThan(8);
  } finally {
    folder.remove();
  }
});
