data "ironic_introspection" "worker" {
  uuid = "worker-0"
}

output "mac_addresses" {
  value = data.ironic_introspection.worker.interfaces[*].mac
}
