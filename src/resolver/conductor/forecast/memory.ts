import { hasUserAndPassword } from "../conductor";
import type { Identified } from "../identify";
import { type Case, inMib } from "./case";
import type { Check } from "./check";

/** Why Ironic's size check does not let an image pass. */
interface Obstacle {
  readonly outcome: "fails" | "unknown";
  readonly reason: string;
  readonly advice?: string | undefined;
}

/**
 * Ironic's own comparison of the image with `properties.memory_mb`, which has other faults than a lack of memory.
 * Source: Ironic, `check_image_size` (`agent.py` up to 33.0, `deploy_utils.py` from 34.0 on).
 */
export function sizeCheck(each: Case, image: Identified): Check[] {
  const { memoryMb } = each.target;
  const obstacle = hasUserAndPassword(each.conductor.release) ? from34(each, image) : before34(each, image);
  if (memoryMb !== undefined) {
    const passes = { outcome: "ok", reason: "Ironic's comparison with properties.memory_mb lets it pass" } as const;
    return [{ check: "size check", ...(obstacle ?? passes) }];
  }
  if (obstacle === undefined) return [];
  const reason = `if the node has properties.memory_mb, which inspection sets: ${obstacle.reason}`;
  return [{ check: "size check", outcome: "warning", reason, advice: obstacle.advice }];
}

function from34({ conductor, isTag, version }: Case, { diskFormat }: Identified): Obstacle | undefined {
  const { forceRawImages, streamRawImages } = conductor.settings;
  if (streamRawImages && (forceRawImages || (isTag && diskFormat === "raw"))) return undefined;
  return {
    outcome: "fails",
    reason: `Ironic ${version} then fails on every OCI image that it does not convert or stream (KeyError: 'size')`,
    advice: "set force_raw_images and [agent]stream_raw_images to true, or remove memory_mb from the node's properties",
  };
}

function before34(each: Case, { size }: Identified): Obstacle | undefined {
  const { version, isTag, findings, source, conductor } = each;
  if (isTag) {
    return {
      outcome: "fails",
      reason: `Ironic ${version} then asks for the tag's size, and refuses every tag (OciImageNotSpecific)`,
      advice: "pin the image by digest, or remove memory_mb from the node's properties",
    };
  }
  if (findings.ways.withoutSecret?.works !== true) {
    return {
      outcome: "fails",
      reason: `Ironic ${version} then asks for the image's size without any pull secret, which the registry refuses`,
      advice:
        "give the secret in [oci]authentication_config, where the registry takes it, or remove memory_mb from the node's properties",
    };
  }
  if (each.converts || each.fits(size)) return undefined;
  // An image whose bytes turn out to be raw is streamed, and not compared.
  const outcome = source === "local" && conductor.settings.streamRawImages ? "unknown" : "fails";
  return { outcome, reason: each.describeMisfit(size) };
}

/**
 * Whether the agent holds the whole image in memory, and whether it can.
 * Source: ironic-python-agent, `StandbyExtension.prepare_image`.
 */
export function memoryCheck(each: Case, { diskFormat, size }: Identified): Check {
  const { source, isTag, target, conductor } = each;
  if (each.converts) return ok("the conductor makes it raw, and the agent streams it to the disk");
  const isCalledRaw = isTag && diskFormat === "raw" && source !== "local";
  if (isCalledRaw && conductor.settings.streamRawImages) {
    return ok("it is called raw, and the agent streams it to the disk");
  }
  const held = `the agent holds the whole image in memory (${inMib(size)})`;
  const advice =
    source === "local"
      ? "set force_raw_images and [agent]stream_raw_images to true"
      : "use image_download_source local: the conductor then makes it raw, which the agent streams";
  if (target.memoryMb === undefined) {
    return { check: "memory", outcome: "warning", reason: `${held}: the node needs more than that`, advice };
  }
  if (each.fits(size)) return ok(`${held}, and the node has ${target.memoryMb} MiB`);
  return { check: "memory", outcome: "fails", reason: each.describeMisfit(size), advice };
}

function ok(reason: string): Check {
  return { check: "memory", outcome: "ok", reason };
}
