data "ironic_nodes" "free" {
  provision_state = "available"
  resource_class  = "baremetal"
  traits          = ["CUSTOM_NVME"]
  associated      = false
  maintenance     = false
}

output "free" {
  value = { for node in data.ironic_nodes.free.nodes : node.uuid => node.name }
}
