# By UUID or name of the node. The steps count as run.
terraform import ironic_node_servicing_v1.firmware worker-0
