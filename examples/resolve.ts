// The resolver without CDKTF: what would this Ironic choose for that node, and why not the others?
//
//   npx tsx resolve.ts oci://quay.io/podman/machine-os:5.5 x86_64
import { IronicOciError, OciResolver } from "cdktf-ironic-oci/resolver";

async function main(reference: string, architecture: string): Promise<void> {
  const resolver = new OciResolver({
    ironicRelease: "39.0",
    plainHttp: process.env.PLAIN_HTTP ? [process.env.PLAIN_HTTP] : [],
  });
  const pin = await resolver.resolve(reference, { architecture, imageDownloadSource: "local" });
  console.log(pin.url);
  for (const { digest, weight, outcome, reason } of pin.considered) {
    console.log(`  ${outcome === "won" ? "*" : " "} ${digest} ${weight ?? "-"} ${reason}`);
  }
}

const [reference = "oci://quay.io/podman/machine-os:5.5", architecture = "x86_64"] = process.argv.slice(2);
main(reference, architecture).catch((error: unknown) => {
  const hint = error instanceof IronicOciError ? error.hint : undefined;
  console.error(error instanceof Error ? error.message : error, hint ?? "");
  process.exitCode = 1;
});
