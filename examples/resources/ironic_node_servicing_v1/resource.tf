variable "bmc_firmware" {
  type    = string
  default = "7.20"
}

data "ironic_node" "worker" {
  node = "worker-0"
}

# A firmware update of an active machine, each time when the version changes.
resource "ironic_node_servicing_v1" "firmware" {
  node_uuid = data.ironic_node.worker.id

  steps = [{
    interface = "firmware"
    step      = "update"
    args = {
      settings = [{ component = "bmc", url = "https://firmware.example/bmc-${var.bmc_firmware}.bin" }]
    }
  }]

  timeouts {
    create = "2h"
    update = "2h"
  }
}

# The same from a runbook that an administrator has approved for the node (Ironic 34 and later).
resource "ironic_node_servicing_v1" "maintenance" {
  node_uuid = data.ironic_node.worker.id
  runbook   = "CUSTOM_QUARTERLY"
  triggers  = { quarter = "2026-Q4" }

  depends_on = [ironic_node_servicing_v1.firmware]
}
