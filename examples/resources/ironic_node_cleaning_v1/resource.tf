data "ironic_node" "worker" {
  node = "worker-0"
}

# BIOS settings and a RAID volume, without a full cleaning: disks that are not in the volume keep what they hold.
resource "ironic_node_cleaning_v1" "settings" {
  node_uuid = data.ironic_node.worker.id

  target_raid_config = {
    logical_disks = [{ size_gb = 100, raid_level = "1", is_root_volume = true }]
  }
  steps = [
    { interface = "raid", step = "delete_configuration" },
    { interface = "raid", step = "create_configuration" },
    {
      interface = "bios"
      step      = "apply_configuration"
      args      = { settings = [{ name = "ProcVirtualization", value = "Enabled" }] }
    },
  ]
}
