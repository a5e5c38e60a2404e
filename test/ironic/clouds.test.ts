import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { fromEnvironment, IronicClient, noAuth } from "../../src/ironic";
import { InProcessIronic } from "../../src/testing/ironic";
import { CREDENTIAL, InProcessKeystone, USER } from "../support/keystone";

let keystone: InProcessKeystone;
let ironic: InProcessIronic;
let home: string;
let folder: string;
const back = process.cwd();
beforeEach(async () => {
  keystone = await InProcessKeystone.start();
  ironic = await InProcessIronic.start();
  keystone.endpoints = [{ interface: "public", region: "one", url: ironic.url }];
  home = mkdtempSync(join(tmpdir(), "home-"));
  folder = join(home, "work");
  mkdirSync(folder);
  process.chdir(folder);
});
afterEach(async () => {
  process.chdir(back);
  rmSync(home, { recursive: true });
  await keystone.stop();
  await ironic.stop();
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), content);
}

/** One cloud, by its YAML lines. */
const cloud = (name: string, ...lines: string[]) =>
  `clouds:\n  ${name}:\n${lines.map((line) => `    ${line}\n`).join("")}`;
const password = () => [
  "auth:",
  `  auth_url: ${keystone.url}`,
  `  username: ${USER.name}`,
  `  password: ${USER.password}`,
  "  project_name: rack",
];

/** The body of the token request for these settings. */
async function sent(variables: Record<string, string>, name?: string) {
  const settings = fromEnvironment({ HOME: home, ...variables }, name);
  await settings?.auth.headers().catch(() => undefined);
  return keystone.bodies.at(-1)?.auth;
}

describe("OS_* variables", () => {
  test("none of them: no settings", () => {
    expect(fromEnvironment({ HOME: home })).toBeUndefined();
    expect(fromEnvironment({ HOME: home, OS_CLOUD: "", OS_USERNAME: "somebody" })).toBeUndefined();
  });

  const user = { name: USER.name, domain: { id: "default" } };
  const project = { name: "rack", domain: { id: "default" } };
  test.each<[string, Record<string, string>, unknown, unknown]>([
    ["a project's name", {}, user, { project }],
    ["its id", { OS_PROJECT_ID: "p" }, user, { project: { id: "p" } }],
    ["a tenant", { OS_TENANT_NAME: "rack", OS_PROJECT_NAME: "" }, user, { project }],
    ["system", { OS_SYSTEM_SCOPE: "all", OS_PROJECT_NAME: "" }, user, { system: { all: true } }],
    ["a trust", { OS_TRUST_ID: "t", OS_PROJECT_NAME: "" }, user, { "OS-TRUST:trust": { id: "t" } }],
    ["a domain", { OS_DOMAIN_NAME: "d", OS_PROJECT_NAME: "" }, user, { domain: { name: "d" } }],
    ["a domain's id", { OS_DOMAIN_ID: "d", OS_PROJECT_NAME: "" }, user, { domain: { id: "d" } }],
    ["nothing", { OS_PROJECT_NAME: "" }, user, undefined],
    [
      "a project, and domains by name",
      { OS_USER_DOMAIN_NAME: "u", OS_PROJECT_DOMAIN_NAME: "p" },
      { name: USER.name, domain: { name: "u" } },
      { project: { name: "rack", domain: { name: "p" } } },
    ],
    [
      "a project, and domains by id",
      { OS_USER_DOMAIN_ID: "u", OS_PROJECT_DOMAIN_ID: "p" },
      { name: USER.name, domain: { id: "u" } },
      { project: { name: "rack", domain: { id: "p" } } },
    ],
    [
      "a project, and one domain for both",
      { OS_DOMAIN_NAME: "d" },
      { name: USER.name, domain: { name: "d" } },
      { project: { name: "rack", domain: { name: "d" } } },
    ],
    [
      "a project, and a default domain",
      { OS_DEFAULT_DOMAIN: "d" },
      { name: USER.name, domain: { id: "d" } },
      { project: { name: "rack", domain: { id: "d" } } },
    ],
    ["a project, for a user's id", { OS_USER_ID: "user-id" }, { id: "user-id" }, { project }],
  ])("a password, for %s", async (_what, variables, who, scope) => {
    expect(await sent({ ...keystone.variables, ...variables })).toEqual({
      identity: { methods: ["password"], password: { user: { ...(who as object), password: USER.password } } },
      ...(scope !== undefined && { scope }),
    });
    expect(keystone.tokens.size).toBe(1);
  });

  test("an application credential, by id, by name, and without its auth_type", async () => {
    const common = { OS_AUTH_URL: keystone.url, OS_APPLICATION_CREDENTIAL_SECRET: CREDENTIAL.secret };
    const type = { OS_AUTH_TYPE: "v3applicationcredential" };
    const { id, name, secret } = CREDENTIAL;
    for (const [variables, credential] of [
      [
        { ...type, OS_APPLICATION_CREDENTIAL_ID: id },
        { id, secret },
      ],
      [{ OS_APPLICATION_CREDENTIAL_ID: id }, { id, secret }],
      [
        { ...type, OS_APPLICATION_CREDENTIAL_NAME: name, OS_USERNAME: USER.name },
        { name, secret, user: { name: USER.name, domain: { id: "default" } } },
      ],
      [
        { ...type, OS_APPLICATION_CREDENTIAL_NAME: name, OS_USER_ID: "user-id" },
        { name, secret, user: { id: "user-id" } },
      ],
    ] as const) {
      expect(await sent({ ...common, ...variables })).toEqual({
        identity: { methods: ["application_credential"], application_credential: credential },
      });
    }
    expect(keystone.tokens.size).toBe(4);
  });

  test.each<[Record<string, string>, string, string]>([
    [{ OS_PASSWORD: "" }, "the OpenStack settings have no password", "set OS_PASSWORD, or password in clouds.yaml"],
    [{ OS_USERNAME: "" }, "the OpenStack settings have no username", "set OS_USERNAME"],
    [{ OS_AUTH_URL: "", OS_AUTH_TYPE: "password" }, "the OpenStack settings have no auth_url", "set OS_AUTH_URL"],
    [
      { OS_AUTH_TYPE: "v3applicationcredential" },
      "no application_credential_secret",
      "OS_APPLICATION_CREDENTIAL_SECRET",
    ],
    [
      { OS_AUTH_TYPE: "v3applicationcredential", OS_APPLICATION_CREDENTIAL_SECRET: "s" },
      "no application_credential_id",
      "OS_APPLICATION_CREDENTIAL_ID",
    ],
    [{ OS_AUTH_TYPE: "v3oidcpassword" }, "auth_type v3oidcpassword is not supported", "use password"],
    [{ OS_AUTH_TYPE: "http_basic", OS_USERNAME: "" }, "no username", "OS_USERNAME"],
    [{ OS_SYSTEM_SCOPE: "all" }, "project and system_scope at once", "keep one"],
    [{ OS_SYSTEM_SCOPE: "all", OS_DOMAIN_ID: "d", OS_PROJECT_NAME: "" }, "domain and system_scope at once", "keep one"],
    [{ OS_AUTH_TYPE: "v2password" }, "auth_type v2password is not supported: Keystone removed its API v2", "password"],
    [{ OS_AUTH_TYPE: "constructor" }, "auth_type constructor is not supported", "password"],
    [{ OS_AUTH_TYPE: "token" }, "no token", "OS_TOKEN"],
    [{ OS_SYSTEM_SCOPE: "some", OS_PROJECT_NAME: "" }, "system_scope some is not supported", "all"],
  ])("missing and wrong settings are named: %j", (variables, message, hint) => {
    expect(() => fromEnvironment({ HOME: home, ...keystone.variables, ...variables })).toThrow(
      expect.objectContaining({
        code: "IRONIC_SETTINGS",
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });

  test("the catalog's endpoint, or one that is named, the more exactly the better", () => {
    const url = (variables: Record<string, string>) => fromEnvironment({ ...keystone.variables, ...variables })?.url;
    const all = {
      OS_ENDPOINT: "http://a",
      OS_ENDPOINT_OVERRIDE: "http://b",
      OS_BAREMETAL_ENDPOINT_OVERRIDE: "http://c",
    };
    expect(url({})).toBeUndefined();
    expect(url({ OS_ENDPOINT: "http://a" })).toBe("http://a");
    expect(url({ ...all, OS_BAREMETAL_ENDPOINT_OVERRIDE: "" })).toBe("http://b");
    expect(url(all)).toBe("http://c");
  });

  test("TLS settings", () => {
    const tls = (variables: Record<string, string>) => {
      const { cacert, insecure } = fromEnvironment({ HOME: home, ...keystone.variables, ...variables }) ?? {};
      return { cacert, insecure };
    };
    expect(tls({})).toEqual({ cacert: undefined, insecure: false });
    expect(tls({ OS_CACERT: "~/ca.pem" })).toEqual({ cacert: join(home, "ca.pem"), insecure: false });
    for (const yes of ["true", "True", "1", "yes"]) expect(tls({ OS_INSECURE: yes }).insecure).toBe(true);
    for (const no of ["false", "False", "0", ""]) expect(tls({ OS_INSECURE: no }).insecure).toBe(false);
    expect(tls({ OS_VERIFY: "False" }).insecure).toBe(true);
  });

  test("no authorization, and basic", async () => {
    const none = fromEnvironment({ OS_AUTH_TYPE: "none", OS_ENDPOINT: ironic.url });
    expect(none?.url).toBe(ironic.url);
    expect(await none?.auth.headers()).toEqual({});
    expect(await fromEnvironment({ OS_ENDPOINT: ironic.url })?.auth.headers()).toEqual({});
    const basic = { OS_AUTH_TYPE: "http_basic", OS_USERNAME: "u", OS_PASSWORD: "p:ü", OS_ENDPOINT: ironic.url };
    expect(await fromEnvironment(basic)?.auth.headers()).toEqual({
      authorization: `Basic ${Buffer.from("u:p:ü").toString("base64")}`,
    });
  });
});

describe("clouds.yaml", () => {
  test("is found in the working folder, then the user's, and only the first file is read", async () => {
    const places = [
      "work/clouds.yaml",
      "work/clouds.yml",
      "xdg/openstack/clouds.yaml",
      ".config/openstack/clouds.yaml",
    ];
    const found = () => fromEnvironment({ HOME: home, XDG_CONFIG_HOME: join(home, "xdg"), OS_CLOUD: "rack" })?.url;
    for (const place of [...places].reverse()) {
      write(place, cloud("rack", "auth_type: none", `endpoint: http://${place}`));
      expect(found()).toBe(`http://${place}`);
    }
    write("work/clouds.yaml", cloud("other", "auth_type: none"));
    expect(found).toThrow(expect.objectContaining({ message: "clouds.yaml: no cloud rack", hint: "there is: other" }));
  });

  test("OS_CLIENT_CONFIG_FILE takes precedence over all of them, and must exist", () => {
    write("work/clouds.yaml", cloud("rack", "auth_type: none", "endpoint: http://work"));
    write("mine.yaml", cloud("rack", "auth_type: none", "endpoint: http://mine"));
    const url = (file: string) =>
      fromEnvironment({ HOME: home, OS_CLOUD: "rack", OS_CLIENT_CONFIG_FILE: join(home, file) })?.url;
    expect(url("mine.yaml")).toBe("http://mine");
    expect(() => url("gone.yaml")).toThrow(`${join(home, "gone.yaml")} does not exist`);
  });

  test("secure.yaml is found separately, and takes precedence", async () => {
    const [, ...rest] = password();
    write(
      "work/clouds.yaml",
      cloud("rack", "auth:", ...rest.filter((line) => !line.includes("password")), "region_name: one"),
    );
    write(
      ".config/openstack/secure.yaml",
      cloud("rack", "auth:", `  password: ${USER.password}`, "  project_name: other"),
    );
    const auth = await sent({ OS_CLOUD: "rack" });
    expect(auth).toMatchObject({ scope: { project: { name: "other" } } });
    expect(keystone.tokens.size).toBe(1);
    write("elsewhere.yaml", cloud("rack", "auth:", "  password: wrong"));
    const wrong = await sent({ OS_CLOUD: "rack", OS_CLIENT_SECURE_FILE: join(home, "elsewhere.yaml") });
    expect(wrong?.identity.password?.user.password).toBe("wrong");
  });

  test("OS_REGION_NAME chooses among a cloud's regions, an argument takes precedence, and an unknown region is named", () => {
    const regions = ["regions:", "  - one", "  - {name: two, values: {baremetal_endpoint_override: http://two}}"];
    write("work/clouds.yaml", cloud("rack", ...password(), "baremetal_endpoint_override: http://one", ...regions));
    const url = (variables: Record<string, string>, region?: string) =>
      fromEnvironment({ HOME: home, OS_CLOUD: "rack", ...variables }, undefined, { region })?.url;
    expect(url({})).toBe("http://one");
    expect(url({ OS_REGION_NAME: "two" })).toBe("http://two");
    expect(url({ OS_REGION_NAME: "two" }, "one")).toBe("http://one");
    expect(url({ OS_REGION_NAME: "nowhere" }, "two")).toBe("http://two");
    expect(() => url({ OS_REGION_NAME: "nowhere" })).toThrow(
      expect.objectContaining({
        code: "IRONIC_SETTINGS",
        message: "cloud rack has no region nowhere",
        hint: expect.stringContaining("it has one, two; names are case sensitive"),
      }),
    );
    // Variables are a cloud of their own, whose region is another variable: an argument takes precedence over that, too.
    expect(() =>
      fromEnvironment({ ...keystone.variables, OS_REGION_NAME: "one" }, undefined, { region: "two" }),
    ).not.toThrow();
  });

  test("the only cloud of a file needs no name, but two do; selecting variables are not settings", () => {
    write("work/clouds.yaml", cloud("rack", "auth_type: none", "endpoint: http://i"));
    expect(fromEnvironment({ HOME: home })?.url).toBe("http://i");
    expect(fromEnvironment({ HOME: home, OS_CLIENT_CONFIG_FILE: join(folder, "clouds.yaml") })?.url).toBe("http://i");
    expect(fromEnvironment({ HOME: home, OS_USERNAME: "somebody" })).toBeUndefined();
    write("work/clouds.yaml", `${cloud("rack", "auth_type: none", "endpoint: http://i")}  other: {}\n`);
    expect(fromEnvironment({ HOME: home })).toBeUndefined();
  });

  test("a profile that is not there is named, with where to write it", () => {
    write("work/clouds.yaml", cloud("rack", "profile: vexxhost", ...password()));
    expect(() => fromEnvironment({ HOME: home }, "rack")).toThrow(
      expect.objectContaining({
        message: "cloud rack has the profile vexxhost, which is not in any clouds-public.yaml here",
        hint: expect.stringContaining("clouds-public.yaml"),
      }),
    );
  });

  test("a file that this user may not read is passed over, for the next one", () => {
    write("work/clouds.yaml", cloud("rack", "endpoint: http://work"));
    write(".config/openstack/clouds.yaml", cloud("rack", "endpoint: http://home"));
    const { readFileSync } = fs;
    const forbidden = jest.spyOn(fs, "readFileSync").mockImplementation(((path: string, ...rest: never[]) => {
      if (path === "clouds.yaml") throw Object.assign(new Error("no"), { code: "EACCES" });
      return readFileSync(path, ...rest);
    }) as typeof readFileSync);
    expect(fromEnvironment({ HOME: home }, "rack")?.url).toBe("http://home");
    forbidden.mockRestore();
    expect(fromEnvironment({ HOME: home }, "rack")?.url).toBe("http://work");
  });

  test("the secret that an entry leaves out is the one that fits it", async () => {
    const id = [`  auth_url: ${keystone.url}`, `  application_credential_id: ${CREDENTIAL.id}`];
    write("work/clouds.yaml", cloud("rack", "auth:", ...id));
    const secrets = { OS_PASSWORD: "stray", OS_TOKEN: "stray", OS_APPLICATION_CREDENTIAL_SECRET: CREDENTIAL.secret };
    expect(await sent({ OS_CLOUD: "rack", ...secrets })).toMatchObject({
      identity: { methods: ["application_credential"] },
    });
    expect(keystone.tokens.size).toBe(1);
    write("work/clouds.yaml", cloud("rack", "auth_type: v3token", "auth:", `  auth_url: ${keystone.url}`));
    expect(await sent({ OS_CLOUD: "rack", ...secrets, OS_TOKEN: "mine" })).toEqual({
      identity: { methods: ["token"], token: { id: "mine" } },
    });
  });

  test("a token for the API itself, and a microversion", async () => {
    write(
      "work/clouds.yaml",
      cloud(
        "rack",
        "auth_type: admin_token",
        "auth: {endpoint: http://i, token: t}",
        "baremetal_default_microversion: '1.80'",
      ),
    );
    const settings = fromEnvironment({ HOME: home }, "rack");
    expect(settings).toMatchObject({ url: "http://i", microversion: "1.80" });
    expect(await settings?.auth.headers()).toEqual({ "x-auth-token": "t" });
    expect(settings?.auth.refused({})).toBe(false);
  });

  test("its entry is not mixed with variables, but for a secret that it leaves out", async () => {
    const [first = "", ...rest] = password();
    write("work/clouds.yaml", cloud("rack", first, ...rest.filter((line) => !line.includes("password"))));
    const variables = {
      OS_PASSWORD: USER.password,
      OS_PROJECT_ID: "stray",
      OS_AUTH_TYPE: "none",
      OS_ENDPOINT: "http://stray",
    };
    expect(await sent({ OS_CLOUD: "rack", ...variables })).toMatchObject({ scope: { project: { name: "rack" } } });
    expect(keystone.tokens.size).toBe(1);
    expect(fromEnvironment({ HOME: home, OS_CLOUD: "rack", ...variables })?.url).toBeUndefined();
    write("work/clouds.yaml", cloud("rack", ...password()));
    await sent({ OS_CLOUD: "rack", OS_PASSWORD: "stray" });
    expect(keystone.tokens.size).toBe(2);
  });

  test("the argument takes precedence over OS_CLOUD", () => {
    write("work/clouds.yaml", `${cloud("a", "endpoint: http://a")}  b:\n    endpoint: http://b\n`);
    expect(fromEnvironment({ HOME: home, OS_CLOUD: "a" }, "b")?.url).toBe("http://b");
  });

  test("every kind of authorization; passwords stay as they were written", async () => {
    const lines = ["auth_type: http_basic", "auth:", "  username: u", "  password: 0123", "  endpoint: http://i"];
    write("work/clouds.yaml", cloud("rack", ...lines));
    const basic = fromEnvironment({ HOME: home }, "rack");
    expect(basic?.url).toBe("http://i");
    expect(await basic?.auth.headers()).toEqual({ authorization: `Basic ${Buffer.from("u:0123").toString("base64")}` });
    write("work/clouds.yaml", cloud("rack", "auth_type: none", "endpoint_override: http://i", "verify: false"));
    expect(fromEnvironment({ HOME: home }, "rack")).toMatchObject({ url: "http://i", insecure: true });
    write(
      "work/clouds.yaml",
      cloud(
        "rack",
        "auth_type: v3applicationcredential",
        "auth:",
        `  auth_url: ${keystone.url}`,
        `  application_credential_id: ${CREDENTIAL.id}`,
        `  application_credential_secret: ${CREDENTIAL.secret}`,
        "  project_name: null",
      ),
    );
    await sent({}, "rack");
    expect(keystone.tokens.size).toBe(1);
  });

  test("region and interface choose the endpoint", async () => {
    keystone.endpoints = [
      { interface: "public", region: "one", url: "http://127.0.0.1:1" },
      { interface: "internal", region: "two", url: ironic.url },
    ];
    for (const region of ["region_name: two", "regions: [two, one]", "regions: [{ name: two }]"]) {
      write("work/clouds.yaml", cloud("rack", region, "interface: internal", ...password()));
      const { auth = noAuth() } = fromEnvironment({ HOME: home }, "rack") ?? {};
      const client = new IronicClient({ auth });
      expect(await client.microversion()).toBe("1.96");
      await client.close();
    }
  });

  test("errors name the fault, and contain no secret", () => {
    const say = (content: string) => {
      write("work/clouds.yaml", content);
      try {
        fromEnvironment({ HOME: home }, "rack");
      } catch (error) {
        expect(error).toMatchObject({ code: "IRONIC_SETTINGS" });
        expect(inspect(error)).not.toContain("hunter2");
        return (error as Error).message;
      }
      throw new Error("it was accepted");
    };
    expect(say("clouds:\n  rack: [password: hunter2\n: hunter2")).toBe("clouds.yaml is not YAML");
    expect(say("")).toBe("clouds.yaml: no cloud rack");
    expect(say("clouds: [rack]")).toBe("clouds.yaml: no cloud rack");
    expect(say(cloud("rack", "password: hunter2"))).toBe("cloud rack has neither auth_type nor auth_url");
    expect(say(cloud("rack", "auth:", "  auth_url: http://k", "  password: hunter2"))).toContain("no username");
    rmSync(join(folder, "clouds.yaml"));
    mkdirSync(join(folder, "clouds.yaml"));
    expect(() => fromEnvironment({ HOME: home }, "rack")).toThrow("clouds.yaml can't be read (EISDIR)");
  });

  test("no file at all, and a name that every object has", () => {
    expect(() => fromEnvironment({ HOME: home }, "nobody")).toThrow(
      expect.objectContaining({
        message: "there is no clouds.yaml for cloud nobody",
        hint: expect.stringContaining(join(home, ".config", "openstack")),
      }),
    );
    write("work/clouds.yaml", cloud("rack", "auth_type: none"));
    for (const name of ["constructor", "__proto__"]) {
      expect(() => fromEnvironment({ HOME: home }, name)).toThrow(`no cloud ${name}`);
    }
  });
});
