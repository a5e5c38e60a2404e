// Makes the command line one file, for the executables of a release.
import { bundle } from "./bundle/bundle.mjs";

await bundle({
  entry: "src/cli/main.ts",
  outfile: "dist/cli-alone/ironic-oci.js",
  title: "ironic-oci",
  deferred: ["undici", "zod"],
});
