# By UUID or name.
terraform import ironic_deploy_template_v1.hyperthreading CUSTOM_HYPERTHREADING_ON
