// One executable file with a Node and a program. Source: Node, "Single executable applications".
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { withAdHocSignature } from "./ad-hoc-signature";
import type { NodeBinary } from "./node-binaries";
import { tool } from "./tools";

/** The first version that writes executables by itself. Older ones leave it to postject. */
const BUILDS_EXECUTABLES = 26;
/** V8's code cache depends on its random numbers: the same ones make the same bytes. */
const SAME_BYTES = "--random-seed=1";
/** Node's mark, whose last digit says whether there is a program. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/**
 * The executable of a program that is one file, a CommonJS module.
 * @param name in the signature of a macOS executable
 */
export function executableOf(program: string, node: NodeBinary, name: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "release-"));
  try {
    const output = join(folder, "output");
    const configuration = join(folder, "sea.json");
    // The path of the program is part of the executable, and of its stack traces: a name, not a path of the machine that makes it.
    copyFileSync(program, join(folder, basename(program)));
    const configure = (more: object) => {
      // A code cache is for the platform and the version that made it.
      const useCodeCache = node.executable === node.builder;
      const common = { main: basename(program), disableExperimentalSEAWarning: true, useCodeCache };
      writeFileSync(configuration, JSON.stringify({ ...common, ...more }));
    };
    if (Number.parseInt(node.version, 10) >= BUILDS_EXECUTABLES) {
      configure({ output, executable: node.executable });
      run(node.builder, "--build-sea", configuration);
    } else {
      const blob = join(folder, "blob");
      configure({ output: blob });
      run(node.builder, "--experimental-sea-config", configuration);
      copyFileSync(node.executable, output);
      run(process.execPath, tool("postject", "dist/cli.js"), output, "NODE_SEA_BLOB", blob, "--sentinel-fuse", FUSE);
    }
    const executable = readFileSync(output);
    if (node.platform.startsWith("darwin")) return withAdHocSignature(executable, name);
    return node.platform.startsWith("windows") ? withoutAuthenticode(executable) : executable;
  } finally {
    rmSync(folder, { recursive: true });
  }

  function run(command: string, ...argv: string[]): void {
    const flags = command === node.builder ? [SAME_BYTES] : [];
    // Options of the user's shell would change what a Node does. What is printed becomes part of an error.
    const env = { PATH: process.env.PATH };
    execFileSync(command, [...flags, ...argv], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  }
}

/**
 * A Windows executable that does not claim to be signed: Node's signature does not hold for what is added to it.
 * Source: Microsoft, "PE Format", the certificate table among the data directories of a PE32+ file.
 */
function withoutAuthenticode(executable: Buffer): Buffer {
  const optionalHeader = executable.readUInt32LE(0x3c) + 24;
  const certificateTable = optionalHeader + 112 + 4 * 8;
  executable.fill(0, certificateTable, certificateTable + 8);
  return executable;
}
