import { execFileSync } from "node:child_process";

/** The address of every service, for the services themselves, for Ironic and for the machine alike. */
export const SERVICES = "10.0.2.2";
/** Where services listen: connections from the guest reach the host at 127.0.0.1. */
export const EVERYWHERE = "0.0.0.0";
/** The machine's own address: what qemu's user-mode network hands out by DHCP. */
export const MACHINE = "10.0.2.15";
/** Where the agent listens; Ironic calls it there. */
export const AGENT_PORT = 9999;

/**
 * Puts both addresses on the loopback interface of the namespace that the process is in. In qemu's user-mode network the host is
 * 10.0.2.2 and the guest 10.0.2.15: so each URL means the same on both sides, and nothing leaves the namespace.
 *
 * @param root a Debian root that has `ip`
 */
export function prepareNetwork(root: string): void {
  const ip = (...argv: string[]) =>
    execFileSync("chroot", [root, "ip", ...argv], { stdio: ["ignore", "ignore", "inherit"] });
  ip("link", "set", "lo", "up");
  for (const address of [SERVICES, MACHINE]) ip("addr", "replace", `${address}/32`, "dev", "lo");
  // By default the kernel would connect to 10.0.2.15 from 10.0.2.15, and the guest drops packets that come from itself.
  ip(...`route replace local ${MACHINE} dev lo table local proto kernel scope host src ${SERVICES}`.split(" "));
}
