import { randomBytes, sign } from "node:crypto";
import { der, integer, octets, oid, sequence, set, tagged } from "../../../src/tfplugin/transport/der";
import { keyPair, rootCertificate, sha256, timestampCertificate } from "./certificates";

const SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"));
const TST_INFO = oid("1.2.840.113549.1.9.16.1.4");
const AUTHORITY = "a test's timestamp authority";

/** A timestamp authority (RFC 3161) with a certificate of an authority of its own. */
export class TimestampAuthority {
  readonly #keys = keyPair();
  readonly #authority = { name: AUTHORITY, keys: keyPair() };
  readonly #serial = randomBytes(8).fill(1, 0, 1);
  readonly certificate = timestampCertificate(this.#keys.publicKey, this.#serial, this.#authority);
  readonly root = rootCertificate(AUTHORITY, this.#authority.keys);

  /** Its entry in a trusted root. */
  inRoot(): Record<string, unknown> {
    const certificates = [this.certificate, this.root].map((each) => ({ rawBytes: each.toString("base64") }));
    return {
      subject: { organization: "a test", commonName: AUTHORITY },
      uri: "https://timestamp.example",
      certChain: { certificates },
      validFor: { start: "2020-01-01T00:00:00Z" },
    };
  }

  /** Its response for a signature, DER. */
  stamp(signature: Uint8Array, at: Date = new Date()): Buffer {
    const info = sequence(
      integer(Buffer.from([1])),
      oid("1.3.6.1.4.1.57264.2"),
      sequence(SHA256, octets(sha256(signature))),
      integer(randomBytes(8)),
      der(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`)),
    );
    const attributes = [
      sequence(oid("1.2.840.113549.1.9.3"), set(TST_INFO)),
      sequence(oid("1.2.840.113549.1.9.4"), set(octets(sha256(info)))),
      // signingCertificateV2 (RFC 5816), which openssl ts requires.
      sequence(oid("1.2.840.113549.1.9.16.2.47"), set(sequence(sequence(sequence(octets(sha256(this.certificate))))))),
    ];
    const signer = sequence(
      integer(Buffer.from([1])),
      sequence(sequence(set(sequence(oid("2.5.4.3"), der(0x0c, Buffer.from(AUTHORITY))))), integer(this.#serial)),
      SHA256,
      tagged(0, Buffer.concat(attributes)),
      sequence(oid("1.2.840.10045.4.3.2")),
      octets(sign("sha256", set(...attributes), this.#keys.privateKey)),
    );
    const signed = sequence(
      integer(Buffer.from([3])),
      set(SHA256),
      sequence(TST_INFO, tagged(0, octets(info))),
      tagged(0, this.certificate),
      set(signer),
    );
    const granted = sequence(integer(Buffer.from([0])));
    return sequence(granted, sequence(oid("1.2.840.113549.1.7.2"), tagged(0, signed)));
  }
}
