import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianRoot, dist } from "./run";

const SOURCE = join(dist, "..", "bench", "support", "go-provider", "main.go");

/**
 * Builds bench/support/go-provider as releases of providers are built (static, without debugging information); undefined without the
 * Debian root that has Go.
 * @param schema what it responds to GetProviderSchema
 * @param folder where the executable is put
 */
export function goProvider(schema: Uint8Array, folder: string): string | undefined {
  const root = debianRoot("go");
  if (root === undefined) {
    console.log("no provider in Go: scripts/e2e/provision.sh go makes the root that builds it\n");
    return undefined;
  }
  const work = mkdtempSync(join(root, "tmp", "go-provider-"));
  try {
    copyFileSync(SOURCE, join(work, "main.go"));
    writeFileSync(join(work, "schema.bin"), schema);
    // Debian's packages of Go's libraries are a GOPATH; without modules, nothing is downloaded.
    const settings = ["GO111MODULE=off", "GOPATH=/usr/share/gocode", "GOCACHE=/tmp/go-cache", "CGO_ENABLED=0"];
    const build = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", "provider"];
    execFileSync("chroot", [root, "env", "-C", work.slice(root.length), ...settings, ...build], { stdio: "inherit" });
    const executable = join(folder, "terraform-provider-go");
    copyFileSync(join(work, "provider"), executable);
    return executable;
  } finally {
    rmSync(work, { recursive: true });
  }
}
