# By UUID or name.
terraform import ironic_runbook_v1.firmware CUSTOM_FIRMWARE_2026
