import { createPublicKey } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { pem, sha256 } from "./certificates";
import type { Envelope, LogEntry, Sigstore } from "./sigstore";

/** The services of a {@link Sigstore} over HTTP, as the real cosign uses them: Fulcio's API 2 and Rekor's API 1. */
export class SigstoreServices {
  private constructor(
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(sigstore: Sigstore): Promise<SigstoreServices> {
    const server = createServer(async (request, response) => {
      const body = JSON.parse(await textOf(request)) as Proposed & CertificateRequest;
      const isFulcio = request.url === "/api/v2/signingCert";
      const reply = isFulcio ? certificateFor(sigstore, request, body) : entryFor(sigstore, body);
      const [id = ""] = Object.keys(reply);
      const location = `/api/v1/log/entries/${id}`;
      response.writeHead(isFulcio ? 200 : 201, { "content-type": "application/json", etag: id, location });
      response.end(JSON.stringify(reply));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new SigstoreServices(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  }
}

/** An identity token as cosign reads it; its signature is checked by Fulcio only, and by this one not. */
export function identityToken(email: string, issuer: string): string {
  const part = (content: unknown) => Buffer.from(JSON.stringify(content)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: email, email, email_verified: true, aud: "sigstore", iat: now, exp: now + 600 };
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${Buffer.from("unsigned").toString("base64url")}`;
}

interface CertificateRequest {
  readonly publicKeyRequest?: { readonly publicKey: { readonly content: string } };
}

function certificateFor(sigstore: Sigstore, request: IncomingMessage, body: CertificateRequest) {
  const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
  const { email, iss } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
    email: string;
    iss: string;
  };
  const publicKey = createPublicKey(body.publicKeyRequest?.publicKey.content ?? "");
  const certificates = [sigstore.certificate({ identity: email, issuer: iss, publicKey }), sigstore.root].map(pem);
  return { signedCertificateEmbeddedSct: { chain: { certificates } } };
}

interface Proposed {
  readonly kind: string;
  readonly spec: { readonly proposedContent?: { readonly envelope: string; readonly verifiers: readonly string[] } };
}

function entryFor(sigstore: Sigstore, { kind, spec }: Proposed): Record<string, unknown> {
  const { proposedContent } = spec;
  const entry = proposedContent
    ? sigstore.enterEnvelope(
        JSON.parse(proposedContent.envelope) as Envelope,
        Buffer.from(proposedContent.verifiers[0] ?? "", "base64").toString(),
      )
    : sigstore.enter(kind, spec);
  return { [`${"0".repeat(16)}${entry.rootHash.toString("hex")}`]: inApi(sigstore, entry) };
}

function inApi(sigstore: Sigstore, entry: LogEntry): Record<string, unknown> {
  return {
    body: entry.body.toString("base64"),
    integratedTime: entry.integratedTime,
    logID: sigstore.logId.toString("hex"),
    logIndex: 0,
    verification: {
      inclusionProof: {
        checkpoint: entry.checkpoint,
        hashes: [],
        logIndex: 0,
        rootHash: sha256(Buffer.from([0]), entry.body).toString("hex"),
        treeSize: 1,
      },
      signedEntryTimestamp: entry.signedEntryTimestamp.toString("base64"),
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
