resource "ironic_deploy_template_v1" "hyperthreading" {
  name = "CUSTOM_HYPERTHREADING_ON"

  steps = [
    {
      interface = "bios"
      step      = "apply_configuration"
      priority  = 150
      args      = { settings = [{ name = "LogicalProc", value = "Enabled" }] }
    },
  ]
}

resource "ironic_node_v1" "worker" {
  driver = "redfish"
  traits = [ironic_deploy_template_v1.hyperthreading.name]
}
