import type { Config } from "../../tfplugin";
import { entriesOfMap, entriesOfTyped, type ReferenceFault, referenceFaults } from "../shared/oci-references";
import type { DeploymentSchema } from "./schema";

type Info = Pick<Config<DeploymentSchema>, "instance_info" | "instance_info_typed">;

/** The faults of the `oci://` references of a deployment. */
export function deploymentFaults({
  instance_info: texts,
  instance_info_typed: typed,
}: Info): readonly ReferenceFault[] {
  return referenceFaults("instance_info", [
    ...entriesOfMap("instance_info", texts),
    ...entriesOfTyped("instance_info_typed", typed),
  ]);
}
