import { inspect } from "node:util";
import { fromEnvironment, httpBasic, type IronicAuth, IronicClient, type IronicError, noAuth } from "../../src/ironic";
import { InProcessIronic } from "../../src/testing/ironic";
import { CREDENTIAL, InProcessKeystone, USER } from "../support/keystone";
import { ironicContract } from "./contract";

/** An Ironic that accepts any of Keystone's tokens, as keystonemiddleware does. */
async function start() {
  const keystone = await InProcessKeystone.start();
  const ironic = await InProcessIronic.start();
  keystone.endpoints = [{ interface: "public", region: "one", url: `${ironic.url}/v1` }];
  ironic.intercept = (request, response) => {
    if (request.url === "/" || keystone.tokens.has(String(request.headers["x-auth-token"]))) return false;
    response.writeHead(401, { "content-type": "text/html", "www-authenticate": `Keystone uri="${keystone.url}"` });
    response.end("Authentication required");
    return true;
  };
  const stop = async () => {
    await ironic.stop();
    await keystone.stop();
  };
  return { keystone, ironic, stop };
}

const authOf = (variables: Record<string, string>): IronicAuth => fromEnvironment(variables)?.auth ?? noAuth();

ironicContract("the in-process Ironic with Keystone", async () => {
  const { keystone, ironic, stop } = await start();
  return { url: ironic.url, auth: authOf(keystone.variables), stop };
});

let running: Awaited<ReturnType<typeof start>>;
let client: IronicClient;
beforeEach(async () => {
  running = await start();
  client = newClient();
});
afterEach(async () => {
  await client.close();
  await running.stop();
});
const newClient = (variables: Record<string, string> = {}) =>
  new IronicClient({ auth: authOf({ ...running.keystone.variables, ...variables }), retryFor: 2_000 });
const caught = (promise: Promise<unknown>): Promise<IronicError> =>
  promise.then(
    () => {
      throw new Error("it succeeded");
    },
    (error: IronicError) => error,
  );

describe("tokens", () => {
  test("one is fetched for all concurrent callers, and used until it expires", async () => {
    await Promise.all(Array.from({ length: 20 }, () => client.listNodes()));
    await client.listNodes();
    expect(running.keystone.bodies).toHaveLength(1);
  });

  test("one that expires soon is renewed, once for all callers", async () => {
    running.keystone.life = 59_000;
    await client.listNodes();
    running.keystone.life = 3_600_000;
    running.keystone.bodies.length = 0;
    await Promise.all(Array.from({ length: 20 }, () => client.listNodes()));
    expect(running.keystone.bodies).toHaveLength(1);
  });

  test("the lifetime is by Keystone's clock, not by this machine's", async () => {
    for (const ahead of [-7_200_000, 7_200_000]) {
      running.keystone.ahead = ahead;
      const other = newClient();
      running.keystone.bodies.length = 0;
      await other.listNodes();
      await other.listNodes();
      expect(running.keystone.bodies).toHaveLength(1);
      await other.close();
    }
  });

  test("one that is refused is renewed, once for all requests that used it", async () => {
    await client.listNodes();
    running.keystone.tokens.clear();
    await Promise.all(Array.from({ length: 20 }, () => client.listNodes()));
    expect(running.keystone.bodies).toHaveLength(2);
  });

  test("a late refusal of an old one leaves the new one alone", async () => {
    const auth = authOf(running.keystone.variables);
    const old = await auth.headers();
    expect(auth.refused(old)).toBe(true);
    const renewed = await auth.headers();
    expect(renewed).not.toEqual(old);
    expect(auth.refused(old)).toBe(true);
    expect(await auth.headers()).toEqual(renewed);
  });

  test("refused again when it is fresh: an error, and no third try", async () => {
    await client.microversion();
    running.ironic.requests.length = 0;
    running.ironic.intercept = (_request, response) => {
      response.writeHead(401, { "content-type": "text/html" }).end("Authentication required");
      return true;
    };
    expect(await caught(client.listNodes())).toMatchObject({
      code: "IRONIC_UNAUTHORIZED",
      fault: "Authentication required",
    });
    expect(running.ironic.requests).toHaveLength(2);
  });

  test("one caller's signal ends only that caller's waiting; when all are gone, the request is aborted", async () => {
    let asked = 0;
    let ended = 0;
    running.keystone.intercept = (_request, response) => {
      asked += 1;
      response.on("close", () => {
        ended += 1;
      });
      return asked === 1;
    };
    const until = async (done: () => boolean) => {
      while (!done()) await new Promise((resolve) => setImmediate(resolve));
    };
    const [first, second] = [new AbortController(), new AbortController()];
    const auth = authOf(running.keystone.variables);
    const waiting = [first, second].map(({ signal }) => caught(auth.headers(signal)));
    await until(() => asked === 1);
    first.abort(new Error("first"));
    expect((await waiting[0])?.message).toBe("first");
    expect(ended).toBe(0);
    second.abort(new Error("second"));
    expect((await waiting[1])?.message).toBe("second");
    await until(() => ended === 1);
    expect(await auth.headers()).toEqual({ "x-auth-token": expect.stringMatching(/^token-/) });
    expect(asked).toBe(2);
    await expect(auth.headers(AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  });
});

describe("faults of Keystone", () => {
  test("it does not know the user, or the secret", async () => {
    for (const variables of [
      { OS_PASSWORD: "wrong-password" },
      { OS_USERNAME: "nobody" },
      {
        OS_AUTH_TYPE: "v3applicationcredential",
        OS_APPLICATION_CREDENTIAL_ID: CREDENTIAL.id,
        OS_APPLICATION_CREDENTIAL_SECRET: "wrong-secret",
      },
    ]) {
      const error = await caught(newClient(variables).listNodes());
      const root = running.keystone.url.replace(/\/v3$/, "");
      expect(error).toMatchObject({
        code: "KEYSTONE",
        message: `${root}: Keystone refused: The request you have made requires authentication. (it responded with 401)`,
        hint: expect.stringContaining("application credential"),
      });
      expect(inspect(error, { depth: 9 })).not.toMatch(/wrong-/);
    }
  });

  test("it quotes the request", async () => {
    running.keystone.intercept = (_request, response) => {
      const words = `'${USER.password}' is not of type 'object'; ${CREDENTIAL.secret}`;
      response.writeHead(400).end(JSON.stringify({ error: { message: words } }));
      return true;
    };
    const error = await caught(client.listNodes());
    expect(error.message).toContain("'(sensitive value)' is not of type 'object'");
    const credential = {
      OS_AUTH_TYPE: "v3applicationcredential",
      OS_APPLICATION_CREDENTIAL_ID: CREDENTIAL.id,
      OS_APPLICATION_CREDENTIAL_SECRET: CREDENTIAL.secret,
    };
    expect((await caught(newClient(credential).listNodes())).message).not.toContain(CREDENTIAL.secret);
  });

  test("it is not there: the error names Keystone, and not Ironic", async () => {
    const { url, variables } = running.keystone;
    const { url: ironicUrl } = running.ironic;
    await running.stop();
    const withUrl = new IronicClient({ url: ironicUrl, auth: authOf(variables) });
    expect(await caught(withUrl.listNodes())).toMatchObject({
      code: "IRONIC_UNAVAILABLE",
      message: `no response from ${url.replace(/\/v3$/, "")} (ECONNREFUSED)`,
    });
    running = await start();
  });

  test("it is something else, or elsewhere", async () => {
    running.keystone.intercept = (_request, response) => {
      response.writeHead(200).end("{}");
      return true;
    };
    expect(await caught(client.listNodes())).toMatchObject({ code: "KEYSTONE", hint: "check auth_url" });
    running.keystone.intercept = undefined;
    const elsewhere = newClient({ OS_AUTH_URL: running.keystone.url.replace("/v3", "/identity") });
    expect(await caught(elsewhere.listNodes())).toMatchObject({
      code: "KEYSTONE",
      hint: expect.stringContaining("auth_url"),
    });
    expect(await caught(newClient({ OS_AUTH_URL: "keystone:5000" }).listNodes())).toMatchObject({
      code: "IRONIC_SETTINGS",
      message: "auth_url is not an http:// or https:// URL",
    });
  });

  test("it is busy: tried again; a connection it loses too, since a second token does no harm", async () => {
    let tries = 0;
    running.keystone.intercept = (request, response) => {
      tries += 1;
      if (tries === 1) response.writeHead(503).end();
      else if (tries === 2) request.socket.resetAndDestroy();
      else return false;
      return true;
    };
    expect(await client.listNodes()).toEqual([]);
    expect(tries).toBe(3);
  });
});

describe("the catalog", () => {
  test("interface and region choose; no region takes the first", async () => {
    const { ironic, keystone } = running;
    const nowhere = "http://127.0.0.1:1";
    keystone.endpoints = [
      { interface: "admin", region: "one", url: nowhere },
      { interface: "public", region: "one", url: ironic.url },
      { interface: "public", region: "two", url: nowhere },
      { interface: "internal", region: "two", url: ironic.url },
    ];
    const good: Record<string, string>[] = [
      {},
      { OS_REGION_NAME: "one" },
      { OS_INTERFACE: "internal" },
      { OS_ENDPOINT_TYPE: "internalURL", OS_REGION_NAME: "two" },
    ];
    for (const variables of good) expect(await newClient(variables).microversion()).toBe("1.96");
    const bad: [Record<string, string>, string][] = [
      [{ OS_REGION_NAME: "three" }, "the service catalog has no public bare-metal endpoint in region three"],
      [{ OS_INTERFACE: "internal", OS_REGION_NAME: "one" }, "no internal bare-metal endpoint in region one"],
    ];
    for (const [variables, message] of bad) {
      expect(await caught(newClient(variables).microversion())).toMatchObject({
        code: "KEYSTONE",
        message: expect.stringContaining(message),
        hint: "it has: admin in one, public in one, public in two, internal in two",
      });
    }
  });

  test("without Ironic in it, or without anything", async () => {
    running.keystone.endpoints = [];
    expect(await caught(client.microversion())).toMatchObject({
      message: "the service catalog has no public bare-metal endpoint",
      hint: expect.stringContaining("not registered"),
    });
    expect(await caught(newClient({ OS_PROJECT_NAME: "" }).microversion())).toMatchObject({
      hint: expect.stringContaining("token without scope"),
    });
  });

  test("a configured URL takes precedence", async () => {
    running.keystone.endpoints = [];
    const own = new IronicClient({ url: running.ironic.url, auth: authOf(running.keystone.variables) });
    expect(await own.listNodes()).toEqual([]);
    await own.close();
  });
});

test("neither a client nor its authorization shows a secret", async () => {
  const credential = authOf({
    OS_AUTH_URL: running.keystone.url,
    OS_APPLICATION_CREDENTIAL_ID: CREDENTIAL.id,
    OS_APPLICATION_CREDENTIAL_SECRET: CREDENTIAL.secret,
  });
  const basic = httpBasic(USER.name, USER.password);
  await client.listNodes();
  await credential.headers();
  const secrets = [USER.password, CREDENTIAL.secret, ...running.keystone.tokens];
  expect(secrets).toHaveLength(4);
  for (const thing of [client, credential, basic, fromEnvironment(running.keystone.variables)]) {
    const shown = `${inspect(thing, { depth: 12, showHidden: true })} ${JSON.stringify(thing)}`;
    for (const secret of secrets) expect(shown).not.toContain(secret);
  }
});
