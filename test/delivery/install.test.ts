import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { installProvider, ProviderInstallError, UnsupportedPlatformError, userPlugins } from "../../src/delivery";
import { homeFolder } from "../../src/net";
import { version } from "../../src/version";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "delivery-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A folder for each registry: Terraform's, and OpenTofu's for the same source. */
const HOSTS = ["registry.terraform.io", "registry.opentofu.org"];
const bundle = readFileSync(join(__dirname, "../../dist/provider/terraform-provider-ironic"));
const placesOf = (platform: string) =>
  HOSTS.map(
    (host) => `${folder}/${host}/cdktf-ironic-oci/ironic/${version}/${platform}/terraform-provider-ironic_v${version}`,
  );

test("the provider goes where Terraform's layout of an unpacked mirror has it, for this platform", () => {
  const { address, version: installed, hashes, files } = installProvider(folder);
  const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  expect({ address, installed, files }).toEqual({
    address: "registry.terraform.io/cdktf-ironic-oci/ironic",
    installed: version,
    files: placesOf(platform),
  });
  expect(hashes).toEqual([expect.stringMatching(/^h1:[A-Za-z0-9+/]{43}=$/)]);
  for (const place of placesOf(platform)) {
    expect(readFileSync(place).equals(bundle)).toBe(true);
    expect(statSync(place).mode & 0o500).toBe(0o500);
  }
});

test("other platforms get the same bytes, so that one checksum is right for all", () => {
  const { files } = installProvider(folder, { platforms: ["linux_arm64", "darwin_arm64"] });
  expect(files).toEqual([...placesOf("linux_arm64"), ...placesOf("darwin_arm64")]);
  for (const file of files) expect(readFileSync(file).equals(bundle)).toBe(true);
});

test("a file that is right is left alone, a wrong one is replaced, and nothing else lies about", () => {
  const [file = ""] = installProvider(folder).files;
  const { ino } = statSync(file);
  installProvider(folder);
  expect(statSync(file).ino).toBe(ino);

  writeFileSync(file, "half of it");
  writeFileSync(join(dirname(file), "LICENSE"), "of another package");
  const { files } = installProvider(folder);
  for (const each of files) expect(readFileSync(each).equals(bundle)).toBe(true);
  expect(readdirSync(dirname(file))).toHaveLength(1);
});

test.each(["windows_amd64", "linux", "../linux_amd64", "linux_amd64/..", ""])(
  "the platform %j is refused before anything is written",
  (platform) => {
    expect(() => installProvider(folder, { platforms: ["linux_amd64", platform] })).toThrow(UnsupportedPlatformError);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test("a folder that can't be written to is named", () => {
  const [file = ""] = installProvider(folder).files;
  rmSync(file);
  mkdirSync(join(file, "in-the-way"), { recursive: true });
  expect(() => installProvider(folder)).toThrow(ProviderInstallError);
  expect(() => installProvider(folder)).toThrow(`can't be written to ${file}`);
  expect(readdirSync(dirname(file))).toHaveLength(1);
});

test("a folder that is none is named, too", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(() => installProvider(join(file, "plugins"))).toThrow(
    expect.objectContaining({ code: "PROVIDER_INSTALL", message: expect.stringContaining("ENOTDIR") }),
  );
});

test("providers of the user are in the home folder, on Windows in that of applications", () => {
  const env = { HOME: "/home/rack", APPDATA: "/roaming" };
  expect(userPlugins("linux", env)).toBe("/home/rack/.terraform.d/plugins");
  expect(userPlugins("darwin", env)).toBe("/home/rack/.terraform.d/plugins");
  expect(userPlugins("win32", env)).toBe("/roaming/terraform.d/plugins");
});

test("the user's folder is HOME, or that of the user database, or / for a user ID that is in none", () => {
  const user = () => ({ homedir: "/home/rack" });
  const none = () => {
    throw new Error("uv_os_get_passwd returned ENOENT");
  };
  expect(homeFolder({ HOME: "/home/other" }, user)).toBe("/home/other");
  for (const environment of [{}, { HOME: "" }]) {
    expect(homeFolder(environment, user)).toBe("/home/rack");
    expect(homeFolder(environment, none)).toBe("/");
  }
});

// Linux answers ENOENT to a new folder in /proc, although /proc is there: mkdirSync({ recursive: true }) never returns.
test("a folder in which the kernel makes none is named as well", () => {
  expect(() => installProvider("/proc/ironic-oci/plugins")).toThrow(
    expect.objectContaining({ code: "PROVIDER_INSTALL", message: expect.stringContaining("ENOENT") }),
  );
});
