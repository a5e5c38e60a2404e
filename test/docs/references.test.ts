import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cli } from "../support/cli";
import { COMMANDS } from "../support/commands";

/**
 * Whoever copies an example has to get a disk image, or a host that nobody has. A reference that is shown is a placeholder at
 * registry.example, or quay.io/podman/machine-os, whose index has disk images for Ironic (entries with the annotation disktype); many
 * well-known operating system images in registries are containers.
 */
const REAL = /^quay\.io\/podman\/machine-os(?:[:@]|$)/;
const PLACEHOLDER = /^registry\.example(?::\d+)?(?:\/|$)/;
/** Forms, not references: `oci://host/path:tag`, `oci://…:tag`, and what a program puts in. */
const FORM = /^(?:host(?:\[:port\])?\/|…|\$\{|<)/;

const SCHEME = /oci:\/\/([^\s"'`)\\,;|]+)/g;
/** The same without a scheme, at the registries that people know. */
const BARE =
  /(?<![\w./-])((?:quay\.io|ghcr\.io|gcr\.io|docker\.io|registry\.(?!terraform\.io|opentofu\.org)[a-z0-9]+(?:\.[a-z0-9]+)*)\/[\w./-]+(?::[\w.-]+)?)/g;

const ROOT = join(__dirname, "..", "..");
const files = (folder: string, names = /./) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && names.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));

const texts: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...files(".", /\.(md|json)$/).filter((path) => /^[A-Z]+\.md$|^cdktf\.json$/.test(path)),
    ...["docs", "examples"].flatMap((folder) => files(folder)),
    ...files("bench", /\.md$/),
    ...["src", "constructs"].flatMap((folder) => files(folder, /\.ts$/)),
  ].map((path) => [path, readFileSync(join(ROOT, path), "utf8")]),
);

function wrong(text: string, patterns: readonly RegExp[]): string[] {
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)].map(([, reference = ""]) => reference))
    .filter((reference) => ![REAL, PLACEHOLDER, FORM].some((allowed) => allowed.test(reference)));
}

test.each(Object.keys(texts))("%s shows disk images and placeholders alone", (path) => {
  // In sources, hosts stand for themselves: docker.io has two more names.
  const patterns = /^(src|constructs)\//.test(path) ? [SCHEME] : [SCHEME, BARE];
  expect(wrong(texts[path] ?? "", patterns)).toEqual([]);
});

test.each(["", ...COMMANDS, "bundle", "provider"])("ironic-oci %s --help does so too", async (command) => {
  const { code, out } = await cli(...command.split(" ").filter(Boolean), "--help");
  expect(code).toBe(0);
  expect(out).toContain("Usage:");
  expect(wrong(out, [SCHEME, BARE])).toEqual([]);
});

test("the check finds what it is for", () => {
  const shown =
    "oci://quay.io/fedora/fedora-coreos:stable docker.io/library/alpine oci://registry.example.com/a registry.k8s.io/pause";
  expect(wrong(shown, [SCHEME, BARE]).sort()).toEqual([
    "docker.io/library/alpine",
    "quay.io/fedora/fedora-coreos:stable",
    "registry.example.com/a",
    "registry.k8s.io/pause",
  ]);
  const fine = "oci://quay.io/podman/machine-os:5.5 oci://registry.example/a:1 oci://host/path:tag oci://…:tag";
  expect(wrong(fine, [SCHEME, BARE])).toEqual([]);
  expect(Object.values(texts).join("\n")).toContain("oci://quay.io/podman/machine-os:");
});
