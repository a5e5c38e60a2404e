# By UUID or name of the node. The steps count as run.
terraform import ironic_node_cleaning_v1.settings worker-0
