import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { bits, boolean, der, integer, octets, oid, sequence, set, tagged, time, utf8String } from "./der";

/** A certificate and its private key. */
export interface Certificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly keyPem: string;
}

const DAY = 24 * 60 * 60 * 1000;

/**
 * The certificate of one process: P-256, self-signed, for the name `localhost` and for both ends of TLS. The other side trusts
 * it because the handshake carried it, and for no other reason (go-plugin, "AutoMTLS").
 */
export function createCertificate(now: Date = new Date()): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid("1.2.840.10045.4.3.2")); // ecdsa-with-SHA256
  const name = sequence(set(sequence(oid("2.5.4.3"), utf8String("localhost"))));
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))), // version 3
    integer(randomBytes(16)),
    algorithm,
    name, // issuer
    // Room for clock skew before, and for a long apply after.
    sequence(time(new Date(now.getTime() - DAY)), time(new Date(now.getTime() + 365 * DAY))),
    name, // subject
    publicKey.export({ type: "spki", format: "der" }),
    tagged(3, sequence(...extensions())),
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, algorithm, bits(signature));
  return {
    der: certificate,
    pem: pem(certificate),
    keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function extensions(): Buffer[] {
  const critical = boolean(true);
  return [
    sequence(oid("2.5.29.19"), critical, octets(sequence(boolean(true)))), // basic constraints: a CA, for itself
    // key usage: digital signature, certificate signing
    sequence(oid("2.5.29.15"), critical, octets(bits(Buffer.from([0b10000100]), 2))),
    sequence(
      oid("2.5.29.37"), // extended key usage: server, client
      octets(sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"))),
    ),
    sequence(oid("2.5.29.17"), octets(sequence(der(0x82, Buffer.from("localhost"))))), // subject alternative name
  ];
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
