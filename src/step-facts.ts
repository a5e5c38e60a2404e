// What Ironic 29 to 39 have in common for the steps of deployment, cleaning and servicing.

/** The driver interfaces that may have steps (`DEPLOYING_INTERFACE_PRIORITY` and `CLEANING_INTERFACE_PRIORITY` of ironic.conductor.steps). */
export const STEP_INTERFACES = ["vendor", "power", "management", "firmware", "deploy", "bios", "raid"] as const;

/**
 * The fault of a step that updates firmware from a registry: `firmware_utils.download_to_temp` of Ironic 29 to 39 knows `http`, `https`,
 * `swift` and `file` only. It completes "a step …", and quotes no URL, which may hold credentials.
 */
export function firmwareFault(step: unknown): string | undefined {
  const { interface: name, step: verb, args } = step as Readonly<Record<string, unknown>>;
  const isUpdate = (name === "firmware" && verb === "update") || (name === "management" && verb === "update_firmware");
  if (!isUpdate || !namesRegistry(args)) return undefined;
  return "has firmware at oci://, from which no release of Ironic (29 to 39) downloads it: serve the file by http, https, swift or file";
}

function namesRegistry(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) =>
    key === "url" && typeof inner === "string" ? /^oci:\/\//i.test(inner) : namesRegistry(inner),
  );
}
