import { readByDigest } from "../../src/selection/as-pinned";
import { readManifest } from "../../src/selection/document";

const EMPTY = "application/vnd.oci.empty.v1+json";
const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
const DIGEST = `sha256:${"a".repeat(64)}`;
const layer = { mediaType: "application/octet-stream", digest: DIGEST, size: 1 };
const disk = { kind: "disk", diskFormat: "unknown" };
const bootc = { kind: "bootc", diskFormat: "bootc" };

/** What Ironic 34 and later take a manifest for that is named by its digest (OciImageService.is_oci_artifact_image). */
test.each<[string, Record<string, unknown>, object]>([
  ["an artifactType", { artifactType: "application/vnd.example" }, disk],
  ["the empty configuration", { config: { mediaType: EMPTY } }, disk],
  ["both", { artifactType: "a/b", config: { mediaType: EMPTY } }, disk],
  [
    "an artifactType beside an image's configuration",
    { artifactType: "a/b", config: { mediaType: IMAGE_CONFIG } },
    disk,
  ],
  ["an artifactType that is no text", { artifactType: 1 }, disk],
  ["an image's configuration", { config: { mediaType: IMAGE_CONFIG } }, bootc],
  ["a configuration of its own type (oras push --config)", { config: { mediaType: "application/x-config" } }, bootc],
  ["no configuration", {}, bootc],
  ["an empty artifactType", { artifactType: "" }, bootc],
  ["an artifactType of null", { artifactType: null }, bootc],
  ["an artifactType of [], which is false for Python", { artifactType: [] }, bootc],
  ["a disktype alone, which a digest does not look at", { annotations: { disktype: "qcow2" } }, bootc],
  ["another spelling of the empty configuration", { config: { mediaType: EMPTY.toUpperCase() } }, bootc],
])("from 34 on, %s", (_what, content, expected) => {
  const manifest = readManifest({ layers: [layer], ...content });
  expect(readByDigest(manifest, "ironic-34")).toMatchObject({ asPinned: expected, failure: undefined });
  expect(readByDigest(manifest, "ironic-29")).toMatchObject({ asPinned: disk, failure: undefined });
});

/** What Ironic fails on: [what, manifest, up to 33, from 34 on]. */
test.each<[string, Record<string, unknown>, string | undefined, string | undefined]>([
  ["layers that are null", { artifactType: "a/b", layers: null }, "layers is null", "layers is null"],
  ["no layer", { artifactType: "a/b", layers: [] }, "layers is empty", "layers is empty"],
  ["no layer of a container", { layers: [] }, "layers is empty", undefined],
  ["no list of layers", { artifactType: "a/b" }, undefined, undefined],
  ["no list of layers of a container", {}, undefined, undefined],
  ["a layer that is null", { artifactType: "a/b", layers: [null] }, "layers[0] is null", "layers[0] is null"],
  ["a second layer that is null", { artifactType: "a/b", layers: [layer, null] }, undefined, undefined],
  ["the same in a container", { layers: [layer, null] }, undefined, "layers[1] is null"],
  ["a layer without a size", { artifactType: "a/b", layers: [{ digest: DIGEST }] }, undefined, undefined],
  ["a container's layer without a size", { layers: [{ digest: DIGEST }] }, undefined, undefined],
  ["a container's size of null", { layers: [{ ...layer, size: null }] }, undefined, "layers[0].size is null"],
  ["a container's size in a string", { config: { size: "1" }, layers: [layer] }, undefined, "config.size is a string"],
  ["a configuration that is null", { config: null, layers: [layer] }, undefined, "config is null"],
  ["the same beside an artifactType", { artifactType: "a/b", config: null, layers: [layer] }, undefined, undefined],
  ["layers that are an object", { layers: { a: 1 } }, "layers is an object", "layers is an object"],
  [
    "a digest that is a number",
    { artifactType: "a/b", layers: [{ digest: 1 }] },
    "layers[0].digest is a number",
    "layers[0].digest is a number",
  ],
  ["a digest that is missing", { artifactType: "a/b", layers: [{}] }, undefined, undefined],
])("%s", (_what, content, old, recent) => {
  const manifest = readManifest(content);
  expect(readByDigest(manifest, "ironic-29").failure).toBe(old);
  expect(readByDigest(manifest, "ironic-34").failure).toBe(recent);
});
