/** Where Terraform looks for the provider: `<host>/<namespace>/<type>`. */
export const PROVIDER_ADDRESS = "registry.terraform.io/cdktf-ironic-oci/ironic";

/** Where OpenTofu looks for the provider of the same source. */
export const OPENTOFU_ADDRESS = "registry.opentofu.org/cdktf-ironic-oci/ironic";
