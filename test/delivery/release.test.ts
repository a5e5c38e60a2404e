import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  installProvider,
  MIRROR_VERSION,
  type MirrorVersion,
  ProviderReleaseError,
  packageHash,
  UnsupportedPlatformError,
  unzipPackage,
  writeNetworkMirror,
  zipHash,
  zipPackage,
} from "../../src/delivery";
import { version } from "../../src/version";
import { packageFor, writeRelease } from "../support/release";

const PLATFORMS = ["linux_amd64", "darwin_arm64", "windows_amd64"];
const HOSTS = ["registry.terraform.io", "registry.opentofu.org"];
let folder: string;
let release: string;
let hashes: ReturnType<typeof writeRelease>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "delivery-"));
  release = join(folder, "release");
  hashes = writeRelease(release, PLATFORMS);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const json = (path: string) => JSON.parse(readFileSync(path, "utf8")) as unknown;

describe("self-contained executables", () => {
  const install = (...platforms: string[]) =>
    installProvider(join(folder, "plugins"), { selfContained: release, platforms });

  test("are unpacked for each platform, Windows too, with all that is in the zip", () => {
    const { files } = install("linux_amd64", "windows_amd64");
    const places = ["linux_amd64", "windows_amd64"].flatMap((platform) =>
      HOSTS.map((host) => {
        const [{ name } = { name: "" }] = packageFor(platform);
        return join(folder, "plugins", host, "cdktf-ironic-oci", "ironic", version, platform, name);
      }),
    );
    expect(files).toEqual(places);
    for (const file of files) {
      expect(readFileSync(file, "utf8")).toContain(file.includes("windows") ? "windows_amd64" : "linux_amd64");
      expect(statSync(file).mode & 0o111).toBe(0o111);
      expect(readdirSync(dirname(file)).sort()).toHaveLength(2);
    }
  });

  test("are locked with the checksums of all platforms, of folders and of zips", () => {
    expect([...install("linux_amd64").hashes].sort()).toEqual(Object.values(hashes).flat().sort());
  });

  test("an executable that is installed is left alone; the script replaces it, and is replaced by it", () => {
    const [file = ""] = install("linux_amd64").files;
    const { ino } = statSync(file);
    install("linux_amd64");
    expect(statSync(file).ino).toBe(ino);
    const script = installProvider(join(folder, "plugins"), { platforms: ["linux_amd64"] });
    for (const each of script.files) {
      const only = readdirSync(dirname(each)).map((name) => ({
        name,
        content: readFileSync(join(dirname(each), name)),
      }));
      expect([packageHash(only)]).toEqual(script.hashes);
    }
    install("linux_amd64");
    expect(readFileSync(file, "utf8")).toContain("echo linux_amd64");
  });

  test.each([
    ["a folder without a release", () => rmSync(join(release, MIRROR_VERSION)), MIRROR_VERSION],
    ["a description of something else", () => writeFileSync(join(release, MIRROR_VERSION), "{}"), "description"],
    [
      "a path in place of a file's name",
      () =>
        writeFileSync(
          join(release, MIRROR_VERSION),
          JSON.stringify({ archives: { linux_amd64: { url: "../x.zip", hashes: ["h1:x"] } } }),
        ),
      "description",
    ],
    [
      "a zip that is cut off",
      () => writeFileSync(join(release, `terraform-provider-ironic_${version}_linux_amd64.zip`), "PK"),
      "its checksum is not that of",
    ],
    [
      "a zip that is missing",
      () => rmSync(join(release, `terraform-provider-ironic_${version}_linux_amd64.zip`)),
      "ENOENT",
    ],
    [
      "a zip with a path in it",
      () => {
        const zip = zipPackage([{ name: "../terraform-provider-x", content: Buffer.from("x"), executable: true }]);
        const url = `terraform-provider-ironic_${version}_linux_amd64.zip`;
        writeFileSync(join(release, url), zip);
        const archives = { linux_amd64: { url, hashes: ["h1:x", zipHash(zip)] } };
        writeFileSync(join(release, MIRROR_VERSION), JSON.stringify({ archives }));
      },
      "it has a file",
    ],
  ])("%s is refused before anything is written", (_, damage, message) => {
    damage();
    const attempt = () => install("linux_amd64");
    expect(attempt).toThrow(ProviderReleaseError);
    expect(attempt).toThrow(message);
    expect(readdirSync(folder)).toEqual(["release"]);
  });

  test("a platform that the release has not is named, with those that it has", () => {
    expect(() => install("linux_amd64", "linux_riscv64")).toThrow(
      "has no executable for linux_riscv64: linux_amd64, darwin_arm64, windows_amd64",
    );
    expect(() => install("__proto__")).toThrow(UnsupportedPlatformError);
    expect(readdirSync(folder)).toEqual(["release"]);
  });
});

describe("a network mirror", () => {
  const mirror = (options: Parameters<typeof writeNetworkMirror>[1] = {}) =>
    writeNetworkMirror(join(folder, "mirror"), options);
  const place = (host: string, file: string) => join(folder, "mirror", host, "cdktf-ironic-oci", "ironic", file);

  test("lists the version for both registries, and each platform's zip with its checksums", () => {
    mirror({ selfContained: release });
    for (const host of HOSTS) {
      expect(json(place(host, "index.json"))).toEqual({ versions: { [version]: {} } });
      const { archives } = json(place(host, `${version}.json`)) as MirrorVersion;
      expect(Object.keys(archives).sort()).toEqual([...PLATFORMS].sort());
      for (const [platform, archive] of Object.entries(archives)) {
        expect(archive.hashes).toEqual(hashes[platform]);
        const zip = readFileSync(place(host, archive.url));
        expect([packageHash(unzipPackage(zip)), zipHash(zip)]).toEqual(archive.hashes);
      }
    }
  });

  test("of the script has one zip, whose folder has the checksum that every stack has locked", () => {
    mirror();
    const { archives } = json(place(HOSTS[0] ?? "", `${version}.json`)) as MirrorVersion;
    expect(Object.keys(archives)).toEqual(["darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64"]);
    const [{ url, hashes: each } = { url: "", hashes: [] }, ...others] = Object.values(archives);
    for (const other of others) expect(other).toEqual({ url, hashes: each });
    expect(each[0]).toBe(installProvider(join(folder, "plugins")).hashes[0]);
    expect(packageHash(unzipPackage(readFileSync(place(HOSTS[0] ?? "", url))))).toBe(each[0]);
  });

  test("keeps its other versions, and has the platforms that were asked for last", () => {
    mirror();
    writeFileSync(place(HOSTS[0] ?? "", "index.json"), JSON.stringify({ versions: { "0.0.9": {} } }));
    mirror({ selfContained: release, platforms: ["linux_amd64"] });
    expect(json(place(HOSTS[0] ?? "", "index.json"))).toEqual({ versions: { "0.0.9": {}, [version]: {} } });
    const { archives } = json(place(HOSTS[0] ?? "", `${version}.json`)) as MirrorVersion;
    expect(Object.keys(archives)).toEqual(["linux_amd64"]);
  });
});

test("a zip has the same bytes in any time zone, and its program may be run", () => {
  const files = packageFor("linux_amd64");
  const zips = ["UTC", "Asia/Tokyo", "America/St_Johns"].map((zone) => {
    const code = `process.stdout.write(Buffer.from(require("./dist/src/delivery").zipPackage(JSON.parse(process.argv[1]).map(
      (each) => ({ ...each, content: Buffer.from(each.content) })))))`;
    return execFileSync(process.execPath, ["-e", code, JSON.stringify(files)], { env: { ...process.env, TZ: zone } });
  });
  for (const zip of zips) expect(zip.equals(zips[0] ?? Buffer.alloc(0))).toBe(true);
  // Of the central directory: written on Unix, and the mode of a program.
  const zip = Buffer.from(zipPackage(files));
  const entry = zip.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  expect(zip[entry + 5]).toBe(3);
  expect((zip.readUInt32LE(entry + 38) >>> 16).toString(8)).toBe("100755");
});
