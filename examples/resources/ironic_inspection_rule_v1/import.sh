# By UUID.
terraform import ironic_inspection_rule_v1.acme 6eb02b44-18a3-4659-8c0b-8d2802581ae4
