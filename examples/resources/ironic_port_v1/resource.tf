resource "ironic_node_v1" "worker" {
  driver = "redfish"
}

resource "ironic_port_v1" "worker" {
  node_uuid        = ironic_node_v1.worker.id
  address          = "52:54:00:12:34:56"
  pxe_enabled      = true
  physical_network = "provisioning"

  local_link_connection = {
    switch_id = "00:1c:73:00:00:01"
    port_id   = "Ethernet1"
  }
}
