# By UUID or name.
terraform import ironic_port_group_v1.bond0 worker-bond0
