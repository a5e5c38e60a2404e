# By UUID or name.
terraform import ironic_allocation_v1.worker worker
