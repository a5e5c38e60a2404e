import { type KeyObject, sign } from "node:crypto";
import {
  type KeyPair,
  keyPair,
  type LeafOptions,
  leafCertificate,
  pem,
  rootCertificate,
  sha256,
  spki,
} from "./certificates";

const AUTHORITY = "a test's authority";
const LOG_HOST = "rekor.example";
export const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** An entry of a transparency log as Rekor's API gives it. */
export interface LogEntry {
  readonly kind: string;
  readonly body: Buffer;
  /** Seconds since 1970. */
  readonly integratedTime: number;
  readonly signedEntryTimestamp: Buffer;
  readonly checkpoint: string;
  readonly rootHash: Buffer;
}

/**
 * Sigstore in small: an authority for certificates (Fulcio), its certificate log, and a transparency log (Rekor) with trees of one
 * entry each.
 */
export class Sigstore {
  readonly #authority = { name: AUTHORITY, keys: keyPair() };
  readonly #certificateLog = keyPair();
  readonly #log = keyPair();
  readonly root = rootCertificate(AUTHORITY, this.#authority.keys);

  /** A certificate for an identity, DER. */
  certificate(options: LeafOptions): Buffer {
    return leafCertificate(options, this.#authority, this.#certificateLog);
  }

  get logId(): Buffer {
    return sha256(spki(this.#log.publicKey));
  }

  /** The trusted root of these services, for `--trusted-root`. */
  trustedRoot(
    without: { readonly tlogs?: boolean; readonly ctlogs?: boolean } = {},
    timestampAuthorities: readonly unknown[] = [],
  ): Record<string, unknown> {
    const validFor = { start: "2020-01-01T00:00:00Z" };
    const log = ({ publicKey }: KeyPair, baseUrl: string) => ({
      baseUrl,
      hashAlgorithm: "SHA2_256",
      publicKey: { rawBytes: spki(publicKey).toString("base64"), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
      logId: { keyId: sha256(spki(publicKey)).toString("base64") },
    });
    return {
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: without.tlogs ? [] : [log(this.#log, `https://${LOG_HOST}`)],
      certificateAuthorities: [
        {
          subject: { organization: "a test", commonName: AUTHORITY },
          uri: "https://fulcio.example",
          certChain: { certificates: [{ rawBytes: this.root.toString("base64") }] },
          validFor,
        },
      ],
      ctlogs: without.ctlogs ? [] : [log(this.#certificateLog, "https://ctfe.example")],
      timestampAuthorities,
    };
  }

  /** Enters what Rekor makes of a proposed entry. */
  enter(kind: string, spec: unknown, at: Date = new Date()): LogEntry {
    const body = Buffer.from(canonical({ apiVersion: "0.0.1", kind, spec }));
    const integratedTime = Math.floor(at.getTime() / 1000);
    const promise = { body: body.toString("base64"), integratedTime, logIndex: 0, logID: this.logId.toString("hex") };
    const rootHash = sha256(Buffer.from([0]), body);
    // By a numeric tree ID in the origin, cosign tells a checkpoint of Rekor 1 from one of Rekor 2 (sigstore-go, hasRekorV1STH).
    const note = `${LOG_HOST} - 1\n1\n${rootHash.toString("base64")}\n`;
    const signature = Buffer.concat([
      this.logId.subarray(0, 4),
      sign("sha256", Buffer.from(note), this.#log.privateKey),
    ]);
    return {
      kind,
      body,
      integratedTime,
      signedEntryTimestamp: sign("sha256", Buffer.from(canonical(promise)), this.#log.privateKey),
      checkpoint: `${note}\n\u2014 ${LOG_HOST} ${signature.toString("base64")}\n`,
      rootHash,
    };
  }

  /** The entry for an envelope (DSSE). */
  enterEnvelope(envelope: Envelope, verifier: string, at?: Date): LogEntry {
    const payload = Buffer.from(envelope.payload, "base64");
    const [{ sig = "" } = {}] = envelope.signatures;
    const hash = (bytes: Uint8Array) => ({ algorithm: "sha256", value: sha256(bytes).toString("hex") });
    return this.enter(
      "dsse",
      {
        envelopeHash: hash(Buffer.from(JSON.stringify(envelope))),
        payloadHash: hash(payload),
        signatures: [{ signature: sig, verifier: Buffer.from(verifier).toString("base64") }],
      },
      at,
    );
  }

  /** The log's entry in the form of a bundle. */
  inBundle(entry: LogEntry): Record<string, unknown> {
    return {
      logIndex: "0",
      logId: { keyId: this.logId.toString("base64") },
      kindVersion: { kind: entry.kind, version: "0.0.1" },
      integratedTime: String(entry.integratedTime),
      inclusionPromise: { signedEntryTimestamp: entry.signedEntryTimestamp.toString("base64") },
      inclusionProof: {
        logIndex: "0",
        rootHash: entry.rootHash.toString("base64"),
        treeSize: "1",
        hashes: [],
        checkpoint: { envelope: entry.checkpoint },
      },
      canonicalizedBody: entry.body.toString("base64"),
    };
  }

  /** A bundle by an identity, as cosign makes it with these services. */
  signAs(options: Omit<LeafOptions, "publicKey"> & { readonly at?: Date }, statement: unknown): Bundle {
    const keys = keyPair();
    const certificate = this.certificate({ ...options, publicKey: keys.publicKey });
    const dsseEnvelope = envelope(statement, keys.privateKey);
    const entry = this.enterEnvelope(dsseEnvelope, pem(certificate), options.at);
    return {
      mediaType: BUNDLE,
      verificationMaterial: {
        certificate: { rawBytes: certificate.toString("base64") },
        tlogEntries: [this.inBundle(entry)],
      },
      dsseEnvelope,
    };
  }
}

export interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly sig: string }[];
}

/** A sigstore bundle v0.3, JSON. */
export interface Bundle {
  readonly mediaType: string;
  readonly verificationMaterial: Readonly<Record<string, unknown>>;
  readonly dsseEnvelope: Envelope;
}

/** A bundle by a key, as cosign makes it without any service. */
export function signBy(keys: KeyPair, statement: unknown): Bundle {
  return {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: sha256(spki(keys.publicKey)).toString("base64") } },
    dsseEnvelope: envelope(statement, keys.privateKey),
  };
}

/** The statement that cosign signs for an image. */
export function statementOf(digest: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const [algorithm = "", hex = ""] = digest.split(":");
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { [algorithm]: hex }, annotations: {} }],
    predicateType: "https://sigstore.dev/cosign/sign/v1",
    predicate: {},
    ...changes,
  };
}

function envelope(statement: unknown, key: KeyObject): Envelope {
  const payloadType = "application/vnd.in-toto+json";
  const payload = Buffer.from(JSON.stringify(statement));
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
    payload,
  ]);
  return {
    payload: payload.toString("base64"),
    payloadType,
    signatures: [{ sig: sign("sha256", signed, key).toString("base64") }],
  };
}

/** JSON with sorted keys (RFC 8785, for what entries have). */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(",")}}`;
}
