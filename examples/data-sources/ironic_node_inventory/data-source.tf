data "ironic_node_inventory" "worker" {
  node = "worker-0"
}

locals {
  ssds = [for disk in data.ironic_node_inventory.worker.disks : disk if disk.rotational == false]
}

output "ssds" {
  value = { wwn = local.ssds[*].wwn, size_gib = local.ssds[*].size_gib }
}

output "cabling" {
  value = {
    for nic in data.ironic_node_inventory.worker.interfaces :
    nic.mac_address => try("${nic.lldp["switch_system_name"]} ${nic.lldp["switch_port_id"]}", null)
  }
}
