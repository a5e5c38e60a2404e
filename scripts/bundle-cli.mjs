// Makes the command line five files: a start that answers --version and switches on Node's compile cache, the program itself, and the
// packages that it needs for requests, for credentials and for signatures. Node caches the code of what is loaded after the switch, so that the program
// can't be in the start's own file.
import { bundle } from "./bundle/bundle.mjs";

const title = "ironic-oci";
await bundle({ entry: "src/cli/main.ts", outfile: "dist/cli/ironic-oci.js", title, external: ["./program"] });
await bundle({
  entry: "src/cli/program.ts",
  outfile: "dist/cli/program.js",
  title,
  beside: ["undici", "zod", "sigstore"],
});
