variable "bmc_password" {
  type      = string
  ephemeral = true
}

resource "ironic_node_v1" "worker" {
  name           = "worker-0"
  driver         = "redfish"
  resource_class = "baremetal"

  driver_info = {
    redfish_address  = "https://bmc-0.example"
    redfish_username = "admin"
  }
  # What is not a string to Ironic.
  driver_info_typed = { redfish_verify_ca = false }
  # Reaches Ironic, and never plan or state. Raise the version to send a new value.
  driver_info_wo         = { redfish_password = var.bmc_password }
  driver_info_wo_version = 1

  deploy_kernel  = "oci://registry.example/ipa@sha256:1b0a4ee2b3fbd19a26ad4f9c2b0d50d67dbf02d5d5c7c1d4d1f9bb3a6e4e2f10"
  deploy_ramdisk = "oci://registry.example/ipa@sha256:5c9d3c2a7f8a0be2ad2c0d6b6f6b1a9a1c9bcd4f3f5e8d7c6b5a493827161504"

  properties = {
    cpu_arch     = "x86_64"
    capabilities = "boot_mode:uefi"
  }
  root_device = { name = "/dev/sda" }

  # From enroll to manageable to available, where it can be deployed.
  manage    = true
  available = true

  timeouts {
    create = "30m"
  }
}
