// Makes the Terraform provider one self-contained file: Terraform's lock file holds its checksum.
import { bundle } from "./bundle/bundle.mjs";

await bundle({
  entry: "src/provider/main.ts",
  outfile: "dist/provider/terraform-provider-ironic",
  title: "The Terraform provider ironic",
  deferred: ["undici", "yaml", "zod", "sigstore"],
});
