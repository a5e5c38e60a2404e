import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bits,
  boolean,
  der,
  integer,
  octets,
  oid,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from "../../../src/tfplugin/transport/der";

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const YEAR = 365 * 24 * 60 * 60 * 1000;

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function keyPair(): KeyPair {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

export function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function pem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The certificate of an authority, DER. */
export function rootCertificate(name: string, keys: KeyPair): Buffer {
  const from = new Date(Date.now() - YEAR);
  const body = tbs(
    { issuer: name, subject: name, publicKey: keys.publicKey, from, until: new Date(Date.now() + 20 * YEAR) },
    [
      extension("2.5.29.19", true, sequence(boolean(true))),
      extension("2.5.29.15", true, bits(Buffer.from([0b00000110]), 1)),
    ],
  );
  return signed(body, keys.privateKey);
}

/** The certificate of a timestamp authority, DER. */
export function timestampCertificate(
  publicKey: KeyObject,
  serial: Buffer,
  authority: { readonly name: string; readonly keys: KeyPair },
): Buffer {
  const validity = { from: new Date(Date.now() - YEAR), until: new Date(Date.now() + YEAR) };
  const body = tbs({ issuer: authority.name, subject: "timestamps", publicKey, serial, ...validity }, [
    extension("2.5.29.15", true, bits(Buffer.from([0b10000000]), 7)),
    extension("2.5.29.37", true, sequence(oid("1.3.6.1.5.5.7.3.8"))), // time stamping
  ]);
  return signed(body, authority.keys.privateKey);
}

export interface LeafOptions {
  /** An e-mail address or URL. */
  readonly identity: string;
  /** The OIDC issuer. */
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly from?: Date;
  readonly until?: Date;
  /** Without the proof that it is in the certificate log. */
  readonly withoutSct?: boolean;
}

/** A certificate for an identity as Fulcio issues it, with an embedded SCT of a certificate log (RFC 6962), DER. */
export function leafCertificate(
  { identity, issuer, publicKey, withoutSct, ...validity }: LeafOptions,
  authority: { readonly name: string; readonly keys: KeyPair },
  log: KeyPair,
): Buffer {
  const from = validity.from ?? new Date(Date.now() - 60_000);
  const until = validity.until ?? new Date(from.getTime() + 10 * 60_000);
  const name = identity.includes("://") ? der(0x86, Buffer.from(identity)) : der(0x81, Buffer.from(identity));
  const fields = { issuer: authority.name, subject: "", publicKey, from, until, serial: randomBytes(16) };
  const extensions = [
    extension("2.5.29.15", true, bits(Buffer.from([0b10000000]), 7)),
    extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.3"))), // code signing
    extension("2.5.29.17", true, sequence(name)),
    // Fulcio writes the issuer in both forms; cosign reads the first one for older signatures.
    extension("1.3.6.1.4.1.57264.1.1", false, Buffer.from(issuer)),
    extension("1.3.6.1.4.1.57264.1.8", false, utf8String(issuer)),
  ];
  if (withoutSct) return signed(tbs(fields, extensions), authority.keys.privateKey);
  const sct = certificateTimestamp(tbs(fields, extensions), spki(authority.keys.publicKey), log, from);
  return signed(tbs(fields, [...extensions, sct]), authority.keys.privateKey);
}

/** The extension with one SCT, of the certificate without it. */
function certificateTimestamp(precertificate: Buffer, issuerKey: Buffer, log: KeyPair, at: Date): Buffer {
  const timestamp = Buffer.alloc(8);
  timestamp.writeBigUInt64BE(BigInt(at.getTime()));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(precertificate.length);
  const noExtensions = Buffer.from([0, 0]);
  const entry = [Buffer.from([0, 1]), sha256(issuerKey), length.subarray(1), precertificate, noExtensions];
  const signature = sign("sha256", Buffer.concat([Buffer.from([0, 0]), timestamp, ...entry]), log.privateKey);
  const sct = Buffer.concat([
    Buffer.from([0]),
    sha256(spki(log.publicKey)),
    timestamp,
    noExtensions,
    Buffer.from([4, 3]),
    withLength(signature),
  ]);
  return extension("1.3.6.1.4.1.11129.2.4.2", false, octets(withLength(withLength(sct))));
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

interface Fields {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly from: Date;
  readonly until: Date;
  readonly serial?: Buffer;
}

function tbs({ issuer, subject, publicKey, from, until, serial }: Fields, extensions: readonly Buffer[]): Buffer {
  return sequence(
    tagged(0, integer(Buffer.from([2]))), // version 3
    integer(serial ?? randomBytes(16)),
    ECDSA_SHA256,
    distinguished(issuer),
    sequence(time(from), time(until)),
    distinguished(subject),
    spki(publicKey),
    tagged(3, sequence(...extensions)),
  );
}

function signed(body: Buffer, key: KeyObject): Buffer {
  return sequence(body, ECDSA_SHA256, bits(sign("sha256", body, key)));
}

function distinguished(name: string): Buffer {
  return name === "" ? sequence() : sequence(set(sequence(oid("2.5.4.3"), utf8String(name))));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}
