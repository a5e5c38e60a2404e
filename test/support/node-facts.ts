import type { Thing } from "../../src/testing/ironic";

/** An inventory as the agent of a machine sends it, with the results of the hooks `parse-lldp` and `ports`. */
export const INVENTORY = {
  inventory: {
    hostname: "agent-7",
    bmc_address: "192.0.2.20",
    bmc_v6address: "::/0",
    bmc_mac: "52:54:00:ff:00:01",
    cpu: {
      ...{ architecture: "x86_64", count: 64, socket_count: 2, model_name: "EPYC 7543" },
      ...{ frequency: "2800.0000", flags: ["aes", "svm"] },
    },
    memory: { physical_mb: 262144, total: 270582939648 },
    disks: [
      {
        ...{
          name: "/dev/sda",
          model: "MZ7L3",
          size: 960197124096,
          rotational: false,
          wwn: "0x5002538f",
          serial: "S6K",
        },
        ...{ vendor: "SAMSUNG", wwn_with_extension: "0x5002538f", wwn_vendor_extension: null, hctl: "0:0:0:0" },
        ...{ by_path: "/dev/disk/by-path/pci-0000:00:17.0-ata-1", logical_sectors: 512, physical_sectors: 4096 },
        tran: "sata",
      },
      { name: "/dev/sdb", size: 4000787030016, rotational: true },
    ],
    interfaces: [
      {
        ...{ name: "eno1", mac_address: "52:54:00:aa:bb:01", ipv4_address: "192.0.2.7", ipv6_address: null },
        ...{ has_carrier: true, vendor: "0x8086", product: "0x1563", speed_mbps: 10000, driver: "ixgbe" },
        ...{ pci_address: "0000:01:00.0", biosdevname: "em1", client_id: null, lldp: null },
      },
      { name: "eno2", mac_address: "52:54:00:aa:bb:02", has_carrier: false },
    ],
    system_vendor: {
      ...{ manufacturer: "Example", product_name: "E7", serial_number: "SN7" },
      firmware: { vendor: "AMI", version: "2.4", build_date: "01/31/2026" },
    },
    boot: { current_boot_mode: "uefi", pxe_interface: "52:54:00:AA:BB:01" },
  } as Thing,
  plugin_data: {
    parsed_lldp: {
      eno1: { switch_system_name: "leaf-1", switch_port_id: "Ethernet7", switch_port_vlans: [{ id: 7 }] },
    },
    collected: { ipmi_password: "hidden-bmc-password", lanes: 4 },
  } as Thing,
};

/** What {@link INVENTORY} is in state. */
export const SHOWN_INVENTORY = {
  ...{ hostname: "agent-7", bmc_address: "192.0.2.20", bmc_v6address: "::/0", bmc_mac: "52:54:00:ff:00:01" },
  ...{ manufacturer: "Example", product_name: "E7", serial_number: "SN7" },
  ...{ bios_vendor: "AMI", bios_version: "2.4", bios_date: "01/31/2026", boot_mode: "uefi" },
  ...{ cpu_arch: "x86_64", cpu_count: 64, cpu_sockets: 2, cpu_model: "EPYC 7543", cpu_frequency_mhz: 2800 },
  ...{ cpu_flags: ["aes", "svm"], memory_mb: 262144 },
  disks: [
    {
      ...{ name: "/dev/sda", model: "MZ7L3", vendor: "SAMSUNG", serial: "S6K", hctl: "0:0:0:0", transport: "sata" },
      ...{ size: 960197124096, size_gib: 894, rotational: false, logical_sectors: 512, physical_sectors: 4096 },
      ...{ wwn: "0x5002538f", wwn_with_extension: "0x5002538f", wwn_vendor_extension: null },
      by_path: "/dev/disk/by-path/pci-0000:00:17.0-ata-1",
    },
    { name: "/dev/sdb", size: 4000787030016, size_gib: 3726, rotational: true, wwn: null, serial: null },
  ],
  interfaces: [
    {
      ...{ name: "eno1", mac_address: "52:54:00:aa:bb:01", ipv4_address: "192.0.2.7", ipv6_address: null },
      ...{ has_carrier: true, speed_mbps: 10000, pci_address: "0000:01:00.0", driver: "ixgbe", biosdevname: "em1" },
      ...{ vendor: "0x8086", product: "0x1563", client_id: null, pxe_enabled: true },
      lldp: { switch_system_name: "leaf-1", switch_port_id: "Ethernet7", switch_port_vlans: '[{"id":7}]' },
    },
    { name: "eno2", mac_address: "52:54:00:aa:bb:02", has_carrier: false, pxe_enabled: false, lldp: null },
  ],
};

export const FIRMWARE: readonly Thing[] = [
  { component: "bmc", initial_version: "1.0", current_version: "1.2", last_version_flashed: "1.2", vendor: "Example" },
  { component: "bios", initial_version: "2.4", current_version: "2.4" },
];

export const BIOS: readonly Thing[] = [
  {
    ...{ name: "ProcVirtualization", value: "Enabled", attribute_type: "Enumeration" },
    ...{ allowable_values: ["Enabled", "Disabled"], read_only: false, reset_required: true, unique: false },
  },
  { name: "AcPowerDelay", value: "30", attribute_type: "Integer", lower_bound: 0, upper_bound: 240 },
  { name: "SetupPassword", value: "hidden-setup-password", attribute_type: "Password", min_length: 0, max_length: 32 },
  { name: "PasswordStatus", value: "Unlocked", attribute_type: "String" },
  { name: "AssetTag", value: null, attribute_type: "String" },
];

/** The oldest first. */
export const HISTORY: readonly Thing[] = [1, 2, 3, 4].map((number) => ({
  uuid: `00000000-0000-4000-8000-00000000000${number}`,
  created_at: `2026-01-31T12:00:0${number}+00:00`,
  severity: number === 3 ? "INFO" : "ERROR",
  event: `event ${number}`,
  event_type: "provisioning",
  conductor: "conductor-1",
  user: null,
}));
