import { ProviderError } from "../../tfplugin";

/** Ignition and cloud-init are far smaller; Ironic takes 64 MiB at most by default. */
const MAX = 64 * 1024 * 1024;
const TIMEOUT = 60_000;
const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches user data, along redirects as the old provider did. The server's certificate is checked, always: the old provider did
 * not without a CA, and would have given a machine's secrets to whoever asked in the right place. The headers go to the URL's own
 * origin and no further, and a redirect leads from https to https only.
 * @param caCert PEM in base64
 * @throws {ProviderError} which names origins and no more: a URL may hold credentials, and its query a token
 */
export async function fetchUserData(
  url: string,
  caCert: string | undefined,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  if (!URL.canParse(url)) throw failed("It is no URL.");
  const first = new URL(url);
  const ca = caCert ? Buffer.from(caCert, "base64").toString("utf8") : undefined;
  // Loaded here, for the few who use it: a provider is to start quickly.
  const { Agent, request } = require("undici") as typeof import("undici");
  const dispatcher = new Agent({ connect: { timeout: TIMEOUT, ...(ca && { ca }) } });
  let at = first;
  try {
    for (let redirects = 0; ; redirects += 1) {
      const own = at.origin === first.origin ? { ...headers } : {};
      const response = await request(at, { dispatcher, headers: own, signal, headersTimeout: TIMEOUT });
      const { location } = response.headers;
      if (!REDIRECTS.has(response.statusCode) || typeof location !== "string") {
        const text = await textOf(response.body as AsyncIterable<Buffer>, at);
        if (response.statusCode !== 200) throw failed(`${at.origin} answered ${response.statusCode}.`);
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
  throw failed(`${from.origin} redirects to ${to ? `${to.protocol}//${to.host}` : "no URL"}, which is not followed.`);
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
