import { createHash } from "node:crypto";
import { downloadFrom } from "../support/image-service";

// The facts behind src/artifact-fields.ts and src/step-facts.ts, from the functions of the real Ironic that download files.

const sha256 = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const blob = "the file";
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: { mediaType: "application/vnd.oci.empty.v1+json", digest: sha256("{}"), size: 2 },
  layers: [{ mediaType: "application/octet-stream", digest: sha256(blob), size: blob.length }],
});

test.each(["29.0.5", "39.0.0"] as const)(
  "Ironic %s downloads boot files by digest, resolves no tag of them, and downloads no firmware from a registry",
  async (release) => {
    const byDigest = { digest: blob, tag: "OciImageNotSpecific" };
    expect(await downloadFrom(release, { manifest, digest: sha256(manifest), blob })).toEqual({
      iso: byDigest,
      network: byDigest,
      built: byDigest,
      firmware: { digest: "InvalidParameterValue", tag: "InvalidParameterValue" },
    });
  },
);
