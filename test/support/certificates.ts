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

/** A certificate and its private key, in PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface Wishes {
  /** Host names and IPv4 addresses. */
  readonly names: readonly string[];
  /** Days from now on; negative: it is over. Default 1. */
  readonly days?: number;
}

const DAY = 24 * 60 * 60 * 1000;
const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));

/** A certificate authority of a test's own, made in this process: no program has to be there for it. */
export class TestAuthority {
  /** PEM. */
  readonly cert: string;
  readonly #key: KeyObject;
  readonly #name: Buffer;

  constructor(name = "ironic-oci test authority") {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#key = privateKey;
    this.#name = distinguished(`${name} ${randomBytes(4).toString("hex")}`);
    const keyUsage = Buffer.from([0b00000110]); // certificate signing, CRL signing
    this.cert = this.#sign(this.#name, publicKey, 1, [
      extension("2.5.29.19", sequence(boolean(true))),
      extension("2.5.29.15", bits(keyUsage, 1)),
    ]);
  }

  /** A certificate for a server or a client. */
  issue({ names, days = 1 }: Wishes): Issued {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const alternatives = names.map((name) =>
      isIPv4(name) ? der(0x87, Buffer.from(name.split(".").map(Number))) : der(0x82, Buffer.from(name)),
    );
    const cert = this.#sign(distinguished(names[0] ?? "nobody"), publicKey, days, [
      extension("2.5.29.15", bits(Buffer.from([0b10000000]), 7)), // digital signature
      extension("2.5.29.17", sequence(...alternatives)),
    ]);
    return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  #sign(subject: Buffer, publicKey: KeyObject, days: number, extensions: readonly Buffer[]): string {
    const now = Date.now();
    const body = sequence(
      tagged(0, integer(Buffer.from([2]))), // version 3
      integer(randomBytes(16)),
      ECDSA_SHA256,
      this.#name, // issuer
      sequence(time(new Date(now - 2 * DAY)), time(new Date(now + days * DAY))),
      subject,
      publicKey.export({ type: "spki", format: "der" }),
      tagged(3, sequence(...extensions)),
    );
    const certificate = sequence(body, ECDSA_SHA256, bits(sign("sha256", body, this.#key)));
    const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  }
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), boolean(true), octets(value));
}

function distinguished(commonName: string): Buffer {
  return sequence(set(sequence(oid("2.5.4.3"), utf8String(commonName))));
}
