import { resolve } from "node:path";
import { OPENTOFU_TAG, openTofuIndex, openTofuTargets } from "../delivery";
import { bufferSource } from "../publish";
import { printableJson } from "../reference";
import { EXIT, type Io, UsageError } from "./io";
import { newClient } from "./new-client";
import type { AccessOptions, OutputOptions } from "./options";
import { platformError } from "./provider-install";
import { parseTarget } from "./push";

export interface ProviderPublishOptions extends AccessOptions, OutputOptions {
  /** A folder with a release. */
  readonly selfContained?: string;
  readonly platform?: readonly string[];
}

/** `ironic-oci provider publish REF`: puts the provider into a registry, as OpenTofu installs it from there. */
export async function providerPublish(
  [name = ""]: readonly string[],
  options: ProviderPublishOptions,
  io: Io,
): Promise<number> {
  const named = parseTarget(name);
  if (named.digest !== undefined || (named.tag ?? OPENTOFU_TAG) !== OPENTOFU_TAG) {
    throw new UsageError(`the tag has to be ${OPENTOFU_TAG}: OpenTofu takes it for the version; it may be left out`);
  }
  const reference = named.withTag(OPENTOFU_TAG);
  const { selfContained, platform: platforms } = options;
  const { signal } = io;
  const client = newClient(options);
  const { writer } = client;
  try {
    const targets: Parameters<typeof openTofuIndex>[0][number][] = [];
    for (const { platform, blobs, manifest } of targetsOf({
      platforms,
      selfContained: selfContained && resolve(selfContained),
    })) {
      for (const { bytes } of blobs) await writer.putBlob(reference, bufferSource(bytes), { signal });
      await writer.putManifest(reference.withDigest(manifest.digest), manifest.mediaType, manifest.bytes, signal);
      targets.push({ platform, manifest });
      if (!options.json) io.err(`${platform}  ${manifest.digest}\n`);
    }
    // The tag is moved last: until then OpenTofu has the version as it was.
    const index = openTofuIndex(targets);
    await writer.putManifest(reference, index.mediaType, index.bytes, signal);
    const published = { reference: reference.toString(), digest: index.digest };
    if (options.json) {
      const manifests = Object.fromEntries(targets.map(({ platform, manifest }) => [platform, manifest.digest]));
      io.out(`${printableJson({ ...published, manifests })}\n`);
    } else io.out(`${published.reference}  ${published.digest}\n`);
    return EXIT.fine;
  } finally {
    await client.close();
  }
}

/** @throws {UsageError} for a platform that the provider does not run on */
function* targetsOf(options: Parameters<typeof openTofuTargets>[0]): ReturnType<typeof openTofuTargets> {
  try {
    yield* openTofuTargets(options);
  } catch (error) {
    throw platformError(error);
  }
}
