variable "chap" {
  type      = string
  ephemeral = true
}

resource "ironic_node_v1" "worker" {
  driver            = "redfish"
  storage_interface = "external"
}

resource "ironic_volume_target_v1" "os" {
  node_uuid   = ironic_node_v1.worker.id
  volume_type = "iscsi"
  volume_id   = "os-0"
  boot_index  = 0

  properties = {
    target_portal = "192.0.2.7:3260"
    target_iqn    = "iqn.2026-01.example:os"
    target_lun    = 1
    auth_method   = "CHAP"
    auth_username = "worker"
  }
  properties_wo         = { auth_password = var.chap }
  properties_wo_version = 1
}
