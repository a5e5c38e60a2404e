// Makes the command line one file, for the executables of a release.
import { bundle } from "./bundle/bundle.mjs";
import { CLI_PACKAGES } from "./bundle/cli-packages.mjs";

await bundle({
  entry: "src/cli/main.ts",
  outfile: "dist/cli-alone/ironic-oci.js",
  title: "ironic-oci",
  deferred: CLI_PACKAGES,
});
