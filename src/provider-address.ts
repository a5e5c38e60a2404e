/** Where Terraform looks for the provider: `<host>/<namespace>/<type>`. */
export const PROVIDER_ADDRESS = "registry.terraform.io/cdktf-ironic-oci/ironic";
