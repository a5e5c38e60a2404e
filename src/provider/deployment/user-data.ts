import { ProviderError } from "../../tfplugin";

/** Ignition and cloud-init are far smaller; Ironic takes 64 MiB at most by default. */
const MAX = 64 * 1024 * 1024;
const TIMEOUT = 60_000;

/**
 * Fetches user data. The server's certificate is checked, always: the old provider did not without a CA, and would have given
 * a machine's secrets to whoever asked in the right place.
 * @param caCert PEM in base64
 * @throws {ProviderError}
 */
export async function fetchUserData(
  url: string,
  caCert: string | undefined,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const fail = (detail: string) =>
    new ProviderError("The user data could not be fetched", { detail, path: ["user_data_url"] });
  // A URL may hold credentials and its query a token: only its origin is named.
  const origin = URL.canParse(url) ? new URL(url).origin : "user_data_url";
  const ca = caCert ? Buffer.from(caCert, "base64").toString("utf8") : undefined;
  // Loaded here, for the few who use it: a provider is to start quickly.
  const { Agent, request } = require("undici") as typeof import("undici");
  const dispatcher = new Agent({ connect: { timeout: TIMEOUT, ...(ca && { ca }) } });
  try {
    const response = await request(url, { dispatcher, headers: { ...headers }, signal, headersTimeout: TIMEOUT });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX) throw fail(`${origin} sends more than ${MAX} bytes.`);
      chunks.push(chunk);
    }
    if (response.statusCode !== 200) throw fail(`${origin} answered ${response.statusCode}.`);
    return Buffer.concat(chunks, length).toString("utf8");
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProviderError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw fail(`${origin}: ${code ?? message}. Check the URL, and user_data_url_ca_cert.`);
  } finally {
    await dispatcher.destroy();
  }
}
