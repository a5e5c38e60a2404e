import { ProviderError } from "../../tfplugin";

/** Ignition and cloud-init are far smaller; Ironic accepts at most 64 MiB by default. */
const MAX = 64 * 1024 * 1024;
const TIMEOUT = 60_000;
const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches user data, and follows redirects as `openshift-metal3/ironic` did. The certificate of the server is always verified: without a
 * CA, that provider did not, and would have accepted the user data of an attacker. Headers are sent to the origin of the URL only, and
 * redirects from https lead to https only.
 * @param caCert PEM in base64
 * @throws {ProviderError} that contains origins only: a URL may contain credentials, and its query a token
 */
export async function fetchUserData(
  url: string,
  caCert: string | undefined,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  if (!URL.canParse(url)) throw failed("The value is not a URL.");
  const first = new URL(url);
  const ca = caCert ? Buffer.from(caCert, "base64").toString("utf8") : undefined;
  // Loaded on use: it costs start-up time, and few configurations need it.
  const { Agent, request } = require("undici") as typeof import("undici");
  const dispatcher = new Agent({ connect: { timeout: TIMEOUT, ...(ca && { ca }) } });
  let at = first;
  try {
    for (let redirects = 0; ; redirects += 1) {
      const sent = at.origin === first.origin ? { ...headers } : {};
      const response = await request(at, { dispatcher, headers: sent, signal, headersTimeout: TIMEOUT });
      const { location } = response.headers;
      if (!REDIRECTS.has(response.statusCode) || typeof location !== "string") {
        const text = await textOf(response.body as AsyncIterable<Buffer>, at);
        if (response.statusCode !== 200) throw failed(`${at.origin} responded with status ${response.statusCode}.`);
        return text;
      }
      await response.body.dump();
      if (redirects === MAX_REDIRECTS) throw failed(`${first.origin} redirects more than ${MAX_REDIRECTS} times.`);
      at = redirected(at, location);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProviderError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw failed(`${at.origin}: ${code ?? message}. Check the URL, and user_data_url_ca_cert.`);
  } finally {
    await dispatcher.destroy();
  }
}

function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to?.protocol === "https:" || (to?.protocol === "http:" && from.protocol === "http:")) return to;
  throw failed(
    `${from.origin} redirects to ${to ? `${to.protocol}//${to.host}` : "an invalid URL"}, which is not followed.`,
  );
}

async function textOf(body: AsyncIterable<Buffer>, from: URL): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX) throw failed(`${from.origin} sends more than ${MAX} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString("utf8");
}

function failed(detail: string): ProviderError {
  return new ProviderError("The user data could not be fetched", { detail, path: ["user_data_url"] });
}
