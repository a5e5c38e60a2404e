import { type Diagnostics, isUnknown, type Unknown } from "../../tfplugin";
import { isMac } from "./mac";
import { withoutNulls } from "./values";

// Ironic's rules for a port's local_link_connection (LOCAL_LINK_CONN_SCHEMA in ironic.api.controllers.v1.utils).

const VTEP = ["vtep-logical-switch", "vtep-physical-switch"];
const KEYS = ["port_id", "switch_id", "hostname", "switch_info", "network_type", ...VTEP];
const REQUIRED = [
  ["port_id", "switch_id"],
  ["port_id", "hostname"],
  ["port_id", ...VTEP],
];

/** Reports what Ironic would refuse; unknown values are accepted. */
export function checkLocalLink(
  link: Readonly<Record<string, string | Unknown>>,
  isSmartNic: boolean,
  diagnostics: Diagnostics,
): void {
  const path = ["local_link_connection"];
  const { switch_id: switchId, network_type: networkType, ...others } = withoutNulls(link);
  const keys = Object.keys(withoutNulls(link));
  const stray = keys.filter((key) => !KEYS.includes(key));
  if (stray.length > 0) {
    const detail = `Ironic does not accept ${stray.join(", ")}. The keys are ${KEYS.join(", ")}; for anything else there is extra.`;
    diagnostics.error("Unknown keys of local_link_connection", { detail, path });
  }
  if (switchId !== undefined && !isUnknown(switchId) && !isSwitchId(switchId)) {
    const detail = `switch_id must be a MAC address such as 52:54:00:aa:bb:01, or an OpenFlow datapath ID of 16 hexadecimal digits, and ${JSON.stringify(switchId)} is neither.`;
    diagnostics.error("Not the ID of a switch", { detail, path: [...path, "switch_id"] });
  }
  if (networkType !== undefined && !isUnknown(networkType) && !["managed", "unmanaged"].includes(networkType)) {
    const detail = `network_type must be "managed" or "unmanaged", and is ${JSON.stringify(networkType)}.`;
    diagnostics.error("Not a type of network", { detail, path: [...path, "network_type"] });
  }
  if (isSmartNic && !(Object.hasOwn(others, "port_id") && Object.hasOwn(others, "hostname"))) {
    const detail = "Ironic requires port_id and hostname of a port with is_smart_nic = true.";
    diagnostics.error("An incomplete local_link_connection", { detail, path });
    return;
  }
  const isUnmanaged = networkType !== undefined && (isUnknown(networkType) || networkType === "unmanaged");
  if (keys.length === 0 || isUnmanaged || REQUIRED.some((all) => all.every((key) => keys.includes(key)))) return;
  const detail = `Ironic requires port_id and switch_id; port_id and hostname of a Smart NIC; port_id, ${VTEP.join(" and ")} of a VTEP; or network_type = "unmanaged". It has ${keys.join(", ")}.`;
  diagnostics.error("An incomplete local_link_connection", { detail, path });
}

function isSwitchId(text: string): boolean {
  return (isMac(text) === undefined && text.includes(":")) || /^[0-9a-f]{16}$/i.test(text);
}
