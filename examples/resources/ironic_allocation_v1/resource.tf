resource "ironic_allocation_v1" "worker" {
  name           = "worker"
  resource_class = "baremetal"
  traits         = ["CUSTOM_GOLD"]
}
