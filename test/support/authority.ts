import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIPv4 } from "node:net";
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
} from "../../src/tfplugin/transport/der";

/** A certificate and its private key, PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Host names and IPv4 addresses. Default this machine's loopback address. */
  readonly names?: readonly string[];
  readonly from?: Date;
  readonly until?: Date;
}

const DAY = 24 * 60 * 60 * 1000;
const ALGORITHM = sequence(oid("1.2.840.10045.4.3.2")); // ecdsa-with-SHA256

/** A certificate authority of a test's own, made in this process: no program has to be there for it. */
export class Authority {
  readonly #name: Buffer;
  readonly #key: KeyObject;
  /** Its own certificate, PEM. */
  readonly cert: string;

  constructor(name = "a test's authority") {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#name = commonName(name);
    this.#key = privateKey;
    this.cert = certificate({
      issuer: this.#name,
      subject: this.#name,
      signer: privateKey,
      publicKey,
      authority: true,
    });
  }

  issue(options: CertificateOptions = {}): TestCertificate {
    return issue(options, this.#name, this.#key);
  }
}

/** A server's certificate that nobody vouches for but itself. */
export function selfSigned(options: CertificateOptions = {}): TestCertificate {
  return issue(options);
}

function issue(options: CertificateOptions, issuer?: Buffer, signer?: KeyObject): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = commonName("a test's server");
  const cert = certificate({
    issuer: issuer ?? subject,
    subject,
    signer: signer ?? privateKey,
    publicKey,
    authority: false,
    ...options,
  });
  return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

interface Body extends CertificateOptions {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly signer: KeyObject;
  readonly publicKey: KeyObject;
  readonly authority: boolean;
}

function certificate({
  issuer,
  subject,
  signer,
  publicKey,
  authority,
  names = ["127.0.0.1"],
  from,
  until,
}: Body): string {
  const now = Date.now();
  // A signer of certificates, or of what is said in a handshake.
  const usage = authority ? bits(Buffer.from([0b00000110]), 1) : bits(Buffer.from([0b10000000]), 7);
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))), // version 3
    integer(randomBytes(16)),
    ALGORITHM,
    issuer,
    sequence(time(from ?? new Date(now - DAY)), time(until ?? new Date(now + DAY))),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(
      3,
      sequence(
        extension("2.5.29.19", authority ? sequence(boolean(true)) : sequence()),
        extension("2.5.29.15", usage),
        ...(authority ? [] : [extension("2.5.29.17", sequence(...names.map(alternativeName)))]),
      ),
    ),
  );
  const lines =
    sequence(body, ALGORITHM, bits(sign("sha256", body, signer)))
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), boolean(true), octets(value));
}

function alternativeName(name: string): Buffer {
  return isIPv4(name) ? der(0x87, Buffer.from(name.split(".").map(Number))) : der(0x82, Buffer.from(name));
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(oid("2.5.4.3"), utf8String(name))));
}
