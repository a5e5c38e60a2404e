data "ironic_node_firmware" "worker" {
  node = "worker-0"
}

output "bmc_version" {
  value = lookup(data.ironic_node_firmware.worker.versions, "bmc", null)
}
