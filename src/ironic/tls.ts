import { CertificateFileError, checkClientCertificate, errorCode, readPem, type TlsSettings } from "../net";
import { SettingsError } from "./errors";

export interface TlsOptions {
  /** A PEM file with the CA of the API's certificate. Default: the authorities of Node, the system and `SSL_CERT_FILE`. */
  readonly cacert?: string | undefined;
  /** A PEM file with the client certificate, for an API that requires one. */
  readonly cert?: string | undefined;
  /** A PEM file with the key of `cert`. Default: the file of `cert`. */
  readonly key?: string | undefined;
  /** Do not check the API's certificate. */
  readonly insecure?: boolean | undefined;
}

/**
 * Reads the configured CA and client certificates, as keystoneauth does: `cacert` replaces all other authorities, and `cert` may
 * hold the key, too.
 * @throws {SettingsError} for a file that can't be used
 */
export async function readTlsFiles({ cacert, cert, key = cert, insecure }: TlsOptions): Promise<TlsSettings> {
  const ca = cacert === undefined ? undefined : [await readSetting("cacert", cacert)];
  if (cert === undefined || key === undefined) return { ca, insecure };
  const pair = { cert: [await readSetting("cert", cert)], key: [await readSetting("key", key)] };
  try {
    checkClientCertificate(pair, cert);
  } catch (error) {
    throw toSettingsError(error, "cert and key", cert);
  }
  return { ca, insecure, ...pair };
}

const MEANING: Readonly<Record<string, string>> = {
  cacert: "cacert names a PEM file with the CA of the API's certificate",
  cert: "cert names a PEM file with the client's certificate",
  key: "key names a PEM file with the key of the client's certificate",
};

async function readSetting(setting: string, path: string): Promise<string> {
  try {
    return await readPem(path);
  } catch (error) {
    throw toSettingsError(error, setting, path);
  }
}

function toSettingsError(error: unknown, setting: string, path: string): unknown {
  if (!(error instanceof CertificateFileError)) return error;
  if (error.cause === undefined) {
    return new SettingsError(`${setting}: ${error.message}`, { hint: error.hint });
  }
  const kind = setting === "cacert" ? "CA file" : setting === "key" ? "key file" : "certificate file";
  return new SettingsError(`the ${kind} ${path} can't be read (${errorCode(error.cause)})`, { hint: MEANING[setting] });
}
