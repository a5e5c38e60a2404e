resource "ironic_runbook_v1" "firmware" {
  name = "CUSTOM_FIRMWARE_2026"

  steps = [
    {
      interface = "firmware"
      step      = "update"
      order     = 1
      args      = { settings = [{ component = "bmc", url = "https://files.example/bmc-2.17.bin", wait = 300 }] }
    },
    { interface = "management", step = "clear_job_queue", order = 2 },
  ]
}

resource "ironic_node_v1" "worker" {
  driver = "redfish"
  traits = [ironic_runbook_v1.firmware.name]
}
