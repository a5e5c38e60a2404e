import { isUtf8 } from "node:buffer";
import {
  AddressRefused,
  BodyTooLarge,
  type Environment,
  errorCode,
  type HttpResponse,
  IronicOciError,
  isRedirect,
  NetworkFailure,
  readAuthorities,
  redirectTarget,
  Transport,
} from "../../net";
import { ProviderError } from "../../tfplugin";

/** Bytes. Ignition and cloud-init are far smaller; Ironic accepts at most 64 MiB by default. */
const MAX = 64 * 1024 * 1024;
/** Milliseconds for one response with its whole body, between two parts of it, and for connecting. */
const TIMEOUTS = { timeout: 300_000, idleTimeout: 60_000, connectTimeout: 60_000 };
const MAX_REDIRECTS = 10;

/**
 * Fetches user data, and follows redirects as `openshift-metal3/ironic` did. The certificate of the server is always verified: without a
 * CA, that provider did not, and would have accepted the user data of an attacker. Headers are sent to the origin of the URL only;
 * redirects from https lead to https only, and none from another host to this machine or its link.
 * @param caCert PEM in base64. Default: the authorities of the system and of the environment
 * @throws {ProviderError} that contains origins only: a URL may contain credentials, and its query a token
 */
export async function fetchUserData(
  url: string,
  caCert: string | undefined,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  environment: Environment = process.env,
): Promise<string> {
  if (!URL.canParse(url)) throw failed("The value is not a URL.");
  const first = new URL(url);
  if (!/^https?:$/.test(first.protocol)) throw failed("The value is not an http:// or https:// URL.");
  const transport = new Transport({
    ...TIMEOUTS,
    environment,
    allowsPlainHttp: () => true,
    tls: async (_host, role) => ({
      ca: caCert && role === "server" ? [Buffer.from(caCert, "base64").toString()] : await readAuthorities(environment),
    }),
  });
  let at = first;
  try {
    let from: HttpResponse | undefined;
    for (let redirects = 0; ; redirects += 1) {
      const request = {
        url: at,
        headers: at.origin === first.origin ? headers : {},
        maxBytes: MAX,
        ...(from && { leadFrom: from.peerScope }),
      };
      const response = await transport.exchange(request, signal);
      if (!isRedirect(response.status) || response.headers.location === undefined) return textOf(response, at);
      if (redirects === MAX_REDIRECTS) throw failed(`${first.origin} redirects more than ${MAX_REDIRECTS} times.`);
      from = response;
      at = redirected(at, response.headers.location);
    }
  } catch (error) {
    signal.throwIfAborted();
    // An IronicOciError is about the proxy settings or certificate files of this machine.
    if (error instanceof ProviderError || error instanceof IronicOciError) throw error;
    throw failed(reasonOf(error, at.origin));
  } finally {
    await transport.close();
  }
}

function redirected(from: URL, location: string): URL {
  const to = redirectTarget(from, location);
  if (to instanceof URL) return to;
  throw failed(`${from.origin} redirects ${to.fault}, which is not followed.`);
}

/** Ironic takes user data as text in JSON: other bytes would be damaged. */
function textOf({ status, headers, body }: HttpResponse, from: URL): string {
  if (status !== 200) throw failed(`${from.origin} responded with status ${status}.`);
  if (isUtf8(body)) return body.toString("utf8");
  const encoding = headers["content-encoding"];
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  const what = encoding ? `compressed (${encoding})` : isGzip ? "compressed with gzip" : "not text in UTF-8";
  throw failed(
    `The user data from ${from.origin} is ${what}, and Ironic takes text only. Serve it uncompressed, or as text such as MIME with base64 parts.`,
  );
}

function reasonOf(error: unknown, origin: string): string {
  if (error instanceof BodyTooLarge) return `${origin} sends more than ${MAX} bytes.`;
  if (error instanceof AddressRefused) return `A redirect leads to a ${error.scope} address, which is not followed.`;
  const { cause } = error instanceof NetworkFailure ? error : { cause: error };
  const reason = errorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return `${origin}: ${reason}. Check the URL, and user_data_url_ca_cert.`;
}

function failed(detail: string): ProviderError {
  return new ProviderError("The user data could not be fetched", { detail, path: ["user_data_url"] });
}
