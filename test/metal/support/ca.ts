import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SERVICES } from "./network";
import type { Root } from "./root";

/** A certificate authority of this run's own and a server certificate for its services: PEM files in `/srv` of the root. */
export interface RunCa {
  /** Outside the root. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes both, and has every program in the root trust the authority. */
export async function makeCa(root: Root): Promise<RunCa> {
  const openssl = (...argv: string[]) => root.output("openssl", argv);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl(
    ...["req", "-x509", ...newKey, "-days", "2", "-subj", "/CN=metal test CA", "-addext"],
    ...["basicConstraints=critical,CA:TRUE", "-keyout", "ca.key", "-out", "ca.pem"],
  );
  writeFileSync(join(root.srv, "server.ext"), `subjectAltName=IP:${SERVICES}\n`);
  await openssl("req", ...newKey, "-subj", `/CN=${SERVICES}`, "-keyout", "server.key", "-out", "server.csr");
  await openssl(
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
    ...["-days", "2", "-extfile", "server.ext", "-out", "server.pem"],
  );
  const authority = await root.output("cat", ["/srv/ca.pem"]);
  root.cover("etc/ssl/certs/ca-certificates.crt", (bundle) => bundle + authority);
  const [ca, cert, key] = ["ca.pem", "server.pem", "server.key"].map((name) => join(root.srv, name));
  return { ca, cert, key } as RunCa;
}
