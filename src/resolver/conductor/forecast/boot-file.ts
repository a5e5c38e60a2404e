import { aRole } from "../../../selection";
import { usesDriverSecret } from "../conductor";
import type { Case } from "./case";
import type { Check } from "./check";
import { registryCheck } from "./registry";

/** A kernel or ramdisk, which the boot interface fetches. */
export function bootFileChecks(each: Case): Check[] {
  return [registryCheck(each), ...manifestCheck(each), ...bootInterfaceCheck(each)];
}

/** Source: Ironic, `OciImageService._validate_url_is_specific` and `OciClient.download_blob_from_manifest`. */
function manifestCheck({ isTag, target, findings, reference }: Case): Check[] {
  const { role, architecture } = target;
  if (isTag) {
    const reason = `Ironic accepts ${aRole(role)} by digest only, and fails on every tag`;
    const options = architecture === undefined ? "" : ` --arch ${architecture}`;
    const advice = `pin it: ironic-oci resolve ${reference} --role ${role}${options} prints the URL with the digest`;
    return [{ check: "reference", outcome: "fails", reason, advice }];
  }
  const layers = findings.ways.attempt?.layerCount;
  if (layers === undefined || layers === 1) return [];
  const reason = `the manifest has ${layers} layers, and ${aRole(role)} is a manifest with exactly one`;
  return [{ check: "layers", outcome: "fails", reason, advice: "push the file alone: oras push HOST/PATH:TAG FILE" }];
}

/** Secrets that the boot interface ignores. */
function bootInterfaceCheck({ target, conductor, findings }: Case): Check[] {
  const { role, bootInterface } = target;
  const uses = usesDriverSecret(bootInterface);
  if (uses === undefined) {
    const reason = `how ${bootInterface} fetches ${aRole(role)} is not known: taken for one that boots over the network`;
    return [{ check: "boot interface", outcome: "unknown", reason }];
  }
  const given = conductor.driverSecret !== undefined || conductor.settings.imageServer !== undefined;
  if (uses || !given) return [];
  const reason = `${bootInterface} fetches ${aRole(role)} with [oci]authentication_config or anonymously, and with nothing else`;
  const works = findings.ways.attempt?.works === true;
  const advice = "put the secret into the file of [oci]authentication_config, under the token endpoint's host and port";
  return [{ check: "boot interface", outcome: "warning", reason, advice: works ? undefined : advice }];
}
