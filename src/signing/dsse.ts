/** What an envelope's signature is of: DSSE's pre-authentication encoding (protocol.md of secure-systems-lab/dsse). */
export function preAuthenticationEncoding(payloadType: string, payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `),
    payload,
  ]);
}
