import { OciResolver } from "cdktf-ironic-oci";
import { digestOf } from "../../src/reference";
import * as errors from "../../src/registry/errors";
import { faults, type InProcessRegistryOptions, pushIndex } from "../../src/testing/registry";
import { type Fault, on } from "../../src/testing/registry/faults";
import { clientFor, closing, rejection, serveOne } from "./support";

const OTHER = digestOf(Buffer.from("something else"));
const BEARER = { auth: { mode: "bearer" } } as const;
const BASIC = { auth: { mode: "basic", username: "robot", password: "right" } } as const;

interface Case {
  readonly error: keyof typeof errors;
  readonly code: string;
  readonly status?: number;
  readonly registryCode?: string;
  readonly reference?: string | undefined;
  readonly hint: RegExp;
  readonly fault?: Fault;
  readonly server?: InProcessRegistryOptions;
  readonly ask?: (
    client: ReturnType<typeof clientFor>,
    at: Awaited<ReturnType<typeof serveOne>>["at"],
  ) => Promise<unknown>;
}

const answering = (status: number, registryCode: string) => faults.status(status, { registryCode });
const challenge = (header: string) => faults.status(401, { headers: { "www-authenticate": header } });

const CASES: Readonly<Record<string, Case>> = {
  "a tag that isn't there": {
    ...{ error: "TagNotFoundError", code: "TAG_NOT_FOUND", status: 404, registryCode: "MANIFEST_UNKNOWN" },
    hint: /oras repo tags/,
    reference: "none",
    ask: (client, at) => client.getManifest(at.withTag("none")),
  },
  "a repository that isn't there": {
    ...{ error: "TagNotFoundError", code: "TAG_NOT_FOUND", status: 404, registryCode: "NAME_UNKNOWN" },
    hint: /check its path/,
    fault: answering(404, "NAME_UNKNOWN"),
  },
  "a digest that isn't there": {
    ...{ error: "ManifestNotFoundError", code: "MANIFEST_NOT_FOUND", status: 404, registryCode: "MANIFEST_UNKNOWN" },
    hint: /deleted, or never pushed/,
    reference: OTHER,
    ask: (client, at) => client.getManifest(at.withDigest(OTHER)),
  },
  "a blob that isn't there": {
    ...{ error: "ManifestNotFoundError", code: "MANIFEST_NOT_FOUND", status: 404, registryCode: "BLOB_UNKNOWN" },
    hint: /deleted, or never pushed/,
    reference: OTHER,
    ask: (client, at) => client.getBlob(at, { digest: OTHER }, { maxBytes: 10 }),
  },
  "a list of tags of nothing": {
    ...{ error: "ManifestNotFoundError", code: "MANIFEST_NOT_FOUND", status: 404, registryCode: "NAME_UNKNOWN" },
    hint: /check its path/,
    reference: undefined,
    fault: answering(404, "NAME_UNKNOWN"),
    ask: (client, at) => client.listTags(at),
  },
  "access denied with 403": {
    ...{ error: "AuthenticationError", code: "AUTHENTICATION_FAILED", status: 403, registryCode: "DENIED" },
    hint: /check the path images\/one, and that credentials for/,
    fault: answering(403, "DENIED"),
  },
  "no credentials": {
    ...{ error: "AuthenticationError", code: "AUTHENTICATION_FAILED", status: 401, registryCode: "UNAUTHORIZED" },
    hint: /docker login/,
    server: BASIC,
  },
  "a token endpoint that refuses": {
    ...{ error: "AuthenticationError", code: "AUTHENTICATION_FAILED", status: 401, registryCode: "UNAUTHORIZED" },
    hint: /grants no anonymous token/,
    server: BEARER,
    fault: on(/token/, answering(401, "UNAUTHORIZED")),
  },
  "an authentication nobody knows": {
    ...{ error: "AuthenticationError", code: "AUTHENTICATION_FAILED", status: 401 },
    hint: /bearer tokens and basic/,
    fault: challenge("Negotiate"),
  },
  "a realm that is no URL": {
    ...{ error: "AuthenticationError", code: "AUTHENTICATION_FAILED", status: 401 },
    hint: /correct its configuration/,
    fault: challenge('Bearer realm="nowhere"'),
  },
  "a realm that credentials must not go to": {
    ...{ error: "AuthenticationError", code: "AUTHENTICATION_FAILED", status: 401 },
    hint: /configuration/,
    fault: challenge('Bearer realm="http://169.254.169.254/"'),
  },
  throttling: {
    ...{ error: "RateLimitedError", code: "RATE_LIMITED", status: 429, registryCode: "TOOMANYREQUESTS" },
    hint: /concurrency/,
    fault: faults.throttle(),
  },
  "a server error": {
    ...{ error: "RegistryUnavailableError", code: "REGISTRY_UNAVAILABLE", status: 503, registryCode: "UNAVAILABLE" },
    hint: /try again later/,
    fault: answering(503, "UNAVAILABLE"),
  },
  "a reset connection": {
    ...{ error: "RegistryUnavailableError", code: "REGISTRY_UNAVAILABLE" },
    hint: /check that the registry runs/,
    fault: faults.reset(),
  },
  "no TLS where there should be": {
    ...{ error: "RegistryUnreachableError", code: "REGISTRY_UNAVAILABLE" },
    hint: /plainHttp/,
    ask: (_client, at) => clientFor({ host: "127.0.0.1:1" }).getManifest(at),
  },
  silence: {
    ...{ error: "RegistryTimeoutError", code: "REGISTRY_TIMEOUT" },
    hint: /timeout/,
    fault: faults.silence(),
    ask: (_client, at) => clientFor({ host: at.registry }, { timeout: 50 }).getManifest(at),
  },
  "bytes of another digest": {
    ...{ error: "DigestMismatchError", code: "DIGEST_MISMATCH", status: 200 },
    hint: /do not use it/,
    fault: faults.lie({ "docker-content-digest": OTHER }),
  },
  "another size": {
    ...{ error: "SizeMismatchError", code: "DIGEST_MISMATCH", status: 200 },
    hint: /push it again/,
    ask: (client, at) => client.getManifest(at, { size: 1 }),
  },
  "an index of what isn't there": {
    ...{ error: "IndexMismatchError", code: "INDEX_MISMATCH", status: 404, registryCode: "MANIFEST_UNKNOWN" },
    hint: /push the index again/,
    reference: "index",
    ask: (_client, at) => {
      const resolver = new OciResolver({ plainHttp: [at.registry], credentials: {} });
      closing(() => resolver.close());
      return resolver.resolve(at.withTag("index"));
    },
  },
  "an odd status": {
    ...{ error: "UnexpectedResponseError", code: "UNEXPECTED_RESPONSE", status: 418, registryCode: "TEAPOT" },
    hint: /curl -i/,
    fault: answering(418, "TEAPOT"),
  },
  "no JSON": {
    ...{ error: "UnexpectedResponseError", code: "UNEXPECTED_RESPONSE", status: 200 },
    hint: /Content-Type is text\/html/,
    fault: faults.replaceBody("<html>", { "content-type": "text/html" }),
  },
  "a body without an end": {
    ...{ error: "UnexpectedResponseError", code: "UNEXPECTED_RESPONSE", status: 200 },
    hint: /the server behind that address/,
    fault: faults.endless(),
  },
  "a circle of redirects": {
    ...{ error: "UnexpectedResponseError", code: "UNEXPECTED_RESPONSE", status: 307 },
    hint: /redirects form a loop/,
    fault: faults.redirect("/v2/again"),
  },
  "a redirect to nowhere": {
    ...{ error: "UnexpectedResponseError", code: "UNEXPECTED_RESPONSE", status: 307 },
    hint: /correct its redirects/,
    fault: faults.redirect("file:///etc/passwd"),
  },
  "a compressed answer": {
    ...{ error: "UnexpectedResponseError", code: "UNEXPECTED_RESPONSE", status: 200 },
    hint: /proxy that compresses/,
    fault: faults.lie({ "content-encoding": "gzip" }),
  },
  "a token endpoint without tokens": {
    ...{ error: "UnexpectedResponseError", code: "UNEXPECTED_RESPONSE", status: 200 },
    hint: /token service/,
    server: BEARER,
    fault: on(/token/, faults.replaceBody("{}")),
  },
  "what is no HTTP": {
    ...{ error: "UnexpectedResponseError", code: "UNEXPECTED_RESPONSE" },
    hint: /host and port/,
    fault: faults.raw("SSH-2.0\r\n"),
  },
  "a manifest for a registry that is read-only": {
    ...{ error: "PushRefusedError", code: "PUSH_REFUSED", status: 405, registryCode: "UNSUPPORTED" },
    hint: /not read-only/,
    fault: answering(405, "UNSUPPORTED"),
    ask: (client, at) => client.writer.putManifest(at, "application/json", Buffer.from("{}")),
  },
  "a list of no tags": {
    ...{ error: "UnexpectedResponseError", code: "UNEXPECTED_RESPONSE", status: 200 },
    hint: /tags\/list/,
    reference: undefined,
    fault: faults.replaceBody('{"tags":[7]}'),
    ask: (client, at) => client.listTags(at),
  },
};

test.each(Object.entries(CASES))("%s: names subject, fault and advice", async (_name, row) => {
  const { registry, at } = await serveOne(row.server);
  const missing = { digest: OTHER, size: 5, architecture: "amd64", disktype: "raw" };
  pushIndex(registry.store, "images/one", "index", [missing]);
  registry.intercept = row.fault;
  const ask = row.ask ?? ((client) => client.getManifest(at));
  const error = await rejection(ask(clientFor(registry, { retry: { attempts: 2, baseDelay: 1 } }), at));
  const reference = "reference" in row ? row.reference : "tag";
  const { status, registryCode } = row;
  expect(error.name).toBe(row.error);
  expect(error).toMatchObject({ code: row.code, registry: registry.host, repository: "images/one" });
  expect({ reference: error.reference, status: error.status, registryCode: error.registryCode }).toEqual({
    reference,
    status,
    registryCode,
  });
  const asked = reference === undefined ? "" : `${reference.includes(":") ? "@" : ":"}${reference}`;
  expect(error.message.startsWith(`oci://${registry.host}/images/one${asked}: `)).toBe(true);
  if (status !== undefined) {
    expect(error.message).toContain(
      `(the registry responded with ${[status, registryCode].filter(Boolean).join(" ")})`,
    );
  }
  expect(error.hint).toMatch(row.hint);
});

test("the table has every class there is", () => {
  const classes = Object.entries(errors).filter(([name]) => name.endsWith("Error") && name !== "RegistryError");
  expect(new Set(Object.values(CASES).map(({ error }) => error))).toEqual(new Set(classes.map(([name]) => name)));
});
