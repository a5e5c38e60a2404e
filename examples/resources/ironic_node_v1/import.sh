# By UUID or name.
terraform import ironic_node_v1.worker worker-0
