import { X509Certificate } from "node:crypto";
import { parseJson } from "./signer";
import type { DetachedLogEntry, DetachedSignature } from "./sigstore";

/** Keys of annotations (cosign's SIGNATURE_SPEC.md, and its pkg/oci/static). */
const SIGNATURE = "dev.cosignproject.cosign/signature";
const CERTIFICATE = "dev.sigstore.cosign/certificate";
const LOG_ENTRY = "dev.sigstore.cosign/bundle";
const TIMESTAMP = "dev.sigstore.cosign/rfc3161timestamp";

/**
 * A signature of cosign's older form, from its payload and the annotations of the layer. The annotation `chain` is not used: the trusted
 * root has the authorities.
 * @throws {Error} the reason why it is none
 */
export function detachedSignature(payload: Buffer, annotations: Readonly<Record<string, unknown>>): DetachedSignature {
  const signature = annotations[SIGNATURE];
  if (typeof signature !== "string" || signature === "") throw new Error("its annotations hold no signature");
  const certificate = annotations[CERTIFICATE];
  const logEntry = jsonOf(annotations[LOG_ENTRY], "log entry");
  const timestamp = jsonOf(annotations[TIMESTAMP], "timestamp");
  return {
    payload,
    signature: Buffer.from(signature, "base64"),
    certificate:
      certificate === undefined || certificate === "" ? undefined : new X509Certificate(String(certificate)).raw,
    logEntry: logEntry && logEntryOf(logEntry),
    timestamps: timestamp ? [Buffer.from(String(timestamp.SignedRFC3161Timestamp), "base64")] : [],
  };
}

function jsonOf(annotation: unknown, what: string): Readonly<Record<string, unknown>> | undefined {
  if (annotation === undefined || annotation === "") return undefined;
  const content = parseJson(String(annotation));
  if (typeof content === "object" && content !== null) return content as Record<string, unknown>;
  throw new Error(`its ${what} is not JSON`);
}

function logEntryOf({ SignedEntryTimestamp, Payload }: Readonly<Record<string, unknown>>): DetachedLogEntry {
  const { body, integratedTime, logIndex, logID } = (Payload ?? {}) as Readonly<Record<string, unknown>>;
  const bytes = Buffer.from(String(body), "base64");
  const { kind, apiVersion } = jsonOf(bytes.toString("utf8"), "log entry") ?? {};
  return {
    kind: String(kind),
    apiVersion: String(apiVersion),
    body: bytes,
    integratedTime: Number(integratedTime),
    logIndex: Number(logIndex),
    logId: Buffer.from(String(logID), "hex"),
    signedEntryTimestamp: Buffer.from(String(SignedEntryTimestamp), "base64"),
  };
}
