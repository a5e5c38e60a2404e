# By the node's UUID or name.
terraform import ironic_deployment.worker worker-0
