import { matching } from "../../tfplugin";

/** A MAC address, with `:` or `-`. */
export const isMac = matching(/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i, "a MAC address such as 52:54:00:aa:bb:01");

/** A MAC address as Ironic stores it. */
export function canonicalMac(address: string): string {
  return address.toLowerCase().replaceAll("-", ":");
}

export function sameMac(one: string, other: string): boolean {
  return canonicalMac(one) === canonicalMac(other);
}
