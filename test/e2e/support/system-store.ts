import { type Finished, runToEnd } from "../../support/run";

const STORE = "/etc/ssl/certs/ca-certificates.crt";
/** Variables that would have a say in what is trusted. */
const TRUST = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_OPTIONS"];

/**
 * Runs a program that finds this file of authorities in the system's store, as after `update-ca-certificates`: in a mount
 * namespace of its own, so that the machine's store stays what it is.
 */
export function runWithSystemStore(
  authorities: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !TRUST.includes(name)));
  const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
  return runToEnd(["unshare", "--mount", "sh", "-c", script, "sh", authorities, STORE, ...command], {
    env: { ...clean, ...env },
  });
}
