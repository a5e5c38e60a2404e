import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fromEnvironment, type IronicAuth, IronicClient, noAuth } from "../../../src/ironic";
import { ironicContract } from "../../ironic/contract";
import { type RealIronic, startIronic } from "../support/ironic";
import type { RealKeystone } from "../support/keystone";

let ironic: RealIronic;
let keystone: RealKeystone;
beforeAll(async () => {
  ironic = await startIronic("keystone");
  if (!ironic.keystone) throw new Error("Ironic was started without Keystone");
  keystone = ironic.keystone;
});
afterAll(() => ironic?.stop());

const authOf = (variables: Readonly<Record<string, string>>): IronicAuth =>
  fromEnvironment(variables)?.auth ?? noAuth();
const underTest = (who: "system" | "application") => async () => ({
  url: ironic.url,
  auth: authOf(keystone[who]),
  projectScoped: who === "application",
  stop: async () => {},
});
ironicContract("a real Ironic with Keystone, by password with system scope", underTest("system"));
ironicContract("a real Ironic with Keystone, by application credential", underTest("application"));

/** A client that finds Ironic in the catalog. */
async function withClient<T>(variables: Readonly<Record<string, string>>, use: (client: IronicClient) => Promise<T>) {
  const client = new IronicClient({ auth: authOf(variables), retryFor: 0 });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

describe("a real Keystone", () => {
  test("Ironic is found in its catalog, by interface and region", async () => {
    for (const OS_INTERFACE of ["public", "internal", "internalURL"]) {
      const version = await withClient({ ...keystone.system, OS_INTERFACE }, (client) => client.microversion());
      expect(version).toBe("1.96");
    }
    const elsewhere = withClient({ ...keystone.system, OS_REGION_NAME: "RackTwo" }, (client) => client.microversion());
    await expect(elsewhere).rejects.toMatchObject({
      code: "KEYSTONE",
      message: "the service catalog has no public bare-metal endpoint in region RackTwo",
      hint: expect.stringContaining("public in RackOne"),
    });
  });

  test("an application credential goes by its id and by its name; a cloud's entry says the same", async () => {
    const folder = mkdtempSync(join(tmpdir(), "clouds-"));
    const path = join(folder, "clouds.yaml");
    const auth = Object.entries(keystone.application)
      .filter(([name]) => /AUTH_URL|APPLICATION/.test(name))
      .map(([name, value]) => `      ${name.slice(3).toLowerCase()}: ${value}\n`);
    writeFileSync(path, `clouds:\n  rack:\n    auth_type: v3applicationcredential\n    auth:\n${auth.join("")}`);
    try {
      for (const variables of [keystone.applicationByName, { OS_CLOUD: "rack", OS_CLIENT_CONFIG_FILE: path }]) {
        expect(await withClient(variables, (client) => client.listNodes())).toEqual(expect.any(Array));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a token that somebody else got is good for another one, and for the API itself", async () => {
    const { "x-auth-token": token = "" } = await authOf(keystone.system).headers();
    const { OS_AUTH_URL = "", OS_REGION_NAME = "", OS_SYSTEM_SCOPE = "" } = keystone.system;
    const rescoped = { OS_AUTH_TYPE: "v3token", OS_AUTH_URL, OS_REGION_NAME, OS_SYSTEM_SCOPE, OS_TOKEN: token };
    expect(await withClient(rescoped, (client) => client.listNodes())).toEqual(expect.any(Array));
    const { "x-auth-token": other } = await authOf(rescoped).headers();
    expect(other).not.toBe(token);
    const direct = { OS_AUTH_TYPE: "admin_token", OS_ENDPOINT: ironic.url, OS_TOKEN: token };
    const client = new IronicClient({ ...fromEnvironment(direct), retryFor: 0 });
    try {
      expect(await client.listNodes()).toEqual(expect.any(Array));
    } finally {
      await client.close();
    }
  });

  test("a region of a cloud's entry finds its Ironic in the catalog, and another one finds none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "clouds-"));
    const path = join(folder, "clouds.yaml");
    const auth = { auth_url: keystone.url, username: "admin", system_scope: "all" };
    const regions = ["RackTwo", { name: "RackOne", values: { interface: "internal" } }];
    writeFileSync(path, JSON.stringify({ clouds: { rack: { auth, regions } } }));
    try {
      const { OS_PASSWORD = "" } = keystone.system;
      const variables = { OS_CLOUD: "rack", OS_CLIENT_CONFIG_FILE: path, OS_PASSWORD };
      const one = { ...variables, OS_REGION_NAME: "RackOne" };
      expect(await withClient(one, (client) => client.microversion())).toBe("1.96");
      await expect(withClient(variables, (client) => client.microversion())).rejects.toMatchObject({
        message: "the service catalog has no public bare-metal endpoint in region RackTwo",
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a token that was revoked is renewed", async () => {
    const auth = authOf(keystone.system);
    const client = new IronicClient({ auth });
    try {
      await client.listNodes();
      const { "x-auth-token": first = "" } = await auth.headers();
      await keystone.revoke(first);
      // Ironic hears of it some seconds later; until then the test waits, and no request fails.
      while ((await auth.headers())["x-auth-token"] === first) {
        await client.listNodes();
        await delay(200);
      }
    } finally {
      await client.close();
    }
  });

  test("what is wrong with the credentials is said, and the credentials are not", async () => {
    const wrong: [Record<string, string>, string][] = [
      [{ ...keystone.system, OS_PASSWORD: "wrong-password" }, "The request you have made requires authentication."],
      [{ ...keystone.application, OS_APPLICATION_CREDENTIAL_SECRET: "wrong-secret" }, "requires authentication."],
      [{ ...keystone.application, OS_APPLICATION_CREDENTIAL_ID: "nobody" }, "Could not find Application Credential"],
    ];
    for (const [variables, words] of wrong) {
      const error = await withClient(variables, (client) => client.listNodes()).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code: "KEYSTONE", message: expect.stringContaining(words) });
      const shown = `${error} ${JSON.stringify(error)} ${(error as Error).stack}`;
      for (const secret of [...keystone.secrets, "wrong-password", "wrong-secret"]) expect(shown).not.toContain(secret);
    }
  });
});
