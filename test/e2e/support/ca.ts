import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianRoot, inRootOrFail, type SharedFolder } from "./root";

/** A certificate authority of the test's own, and a server certificate for this machine's loopback names. */
export interface TestCa {
  /** PEM files, outside the root. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes both in the folder. */
export async function makeCa(folder: SharedFolder): Promise<TestCa> {
  const { inside, outside } = folder;
  const openssl = (...argv: string[]) => inRootOrFail("openssl", argv, { cwd: inside });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl(
    ...["req", "-x509", ...newKey, "-days", "2", "-subj", "/CN=ironic-oci test CA"],
    ...["-addext", "basicConstraints=critical,CA:TRUE", "-keyout", "ca.key", "-out", "ca.pem"],
  );
  writeFileSync(join(outside, "server.ext"), "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost\n");
  await openssl("req", ...newKey, "-subj", "/CN=127.0.0.1", "-keyout", "server.key", "-out", "server.csr");
  await openssl(
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
    ...["-days", "2", "-extfile", "server.ext", "-out", "server.pem"],
  );
  return { ca: join(outside, "ca.pem"), cert: join(outside, "server.pem"), key: join(outside, "server.key") };
}

/** Makes the programs in the root trust the CA, which is how Ironic comes to. */
export async function trustCa({ ca }: TestCa): Promise<void> {
  copyFileSync(ca, join(debianRoot(), "usr/local/share/ca-certificates/ironic-oci-test.crt"));
  await inRootOrFail("update-ca-certificates", ["--fresh"]);
}

export function readPem(path: string): string {
  return readFileSync(path, "utf8");
}
