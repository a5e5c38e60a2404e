resource "ironic_node_v1" "worker" {
  driver            = "redfish"
  storage_interface = "external"
}

resource "ironic_volume_connector_v1" "worker" {
  node_uuid    = ironic_node_v1.worker.id
  type         = "iqn"
  connector_id = "iqn.2026-01.example:worker-0"
}
