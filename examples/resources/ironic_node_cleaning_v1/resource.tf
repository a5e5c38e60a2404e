data "ironic_node" "worker" {
  node = "worker-0"
}

# BIOS settings and a RAID volume, without a full cleaning: the disks keep what they hold, except for those of the volume. The volume is
# target_raid_config of the node: raid_config in ironic_node_v1, or `baremetal node set --target-raid-config`.
resource "ironic_node_cleaning_v1" "settings" {
  node_uuid = data.ironic_node.worker.id

  steps = [
    { interface = "raid", step = "delete_configuration" },
    { interface = "raid", step = "create_configuration", args = { create_nonroot_volumes = false } },
    {
      interface = "bios"
      step      = "apply_configuration"
      args      = { settings = [{ name = "ProcVirtualization", value = "Enabled" }] }
    },
  ]
}
