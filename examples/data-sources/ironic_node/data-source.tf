data "ironic_node" "worker" {
  node = "worker-0"
}

output "runs" {
  value = data.ironic_node.worker.instance_info["image_source"]
}
