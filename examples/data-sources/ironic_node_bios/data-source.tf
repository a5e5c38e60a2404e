data "ironic_node_bios" "worker" {
  node = "worker-0"
}

check "virtualization" {
  assert {
    condition     = lookup(data.ironic_node_bios.worker.values, "ProcVirtualization", "Enabled") == "Enabled"
    error_message = "Virtualization is off in the BIOS of worker-0."
  }
}
