# By UUID or MAC address.
terraform import ironic_port_v1.worker 52:54:00:12:34:56
