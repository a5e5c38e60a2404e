resource "ironic_node_v1" "worker" {
  driver = "redfish"
}

resource "ironic_port_group_v1" "bond0" {
  node_uuid = ironic_node_v1.worker.id
  name      = "worker-bond0"
  address   = "52:54:00:12:34:56"
  mode      = "802.3ad"

  properties_typed = { miimon = 100 }
}

resource "ironic_port_v1" "worker" {
  node_uuid       = ironic_node_v1.worker.id
  address         = "52:54:00:12:34:56"
  port_group_uuid = ironic_port_group_v1.bond0.id
}
