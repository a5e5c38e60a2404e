# By UUID.
terraform import ironic_volume_target_v1.os 6eb02b44-18a3-4659-8c0b-8d2802581ae4
