// Makes the command line five files: a start that answers --version and switches on Node's compile cache, the program itself, and the
// packages that it needs for requests, credentials, signatures and clouds.yaml. Node caches the code of what is loaded after the switch, so that the program
// can't be in the start's own file.
import { bundle } from "./bundle/bundle.mjs";
import { CLI_PACKAGES } from "./bundle/cli-packages.mjs";

const title = "ironic-oci";
await bundle({ entry: "src/cli/main.ts", outfile: "dist/cli/ironic-oci.js", title, external: ["./program"] });
await bundle({ entry: "src/cli/program.ts", outfile: "dist/cli/program.js", title, beside: CLI_PACKAGES });
