terraform {
  required_providers {
    ironic = {
      source = "cdktf-ironic-oci/ironic"
    }
  }
}

# Without arguments: IRONIC_ENDPOINT and its like, or the OpenStack settings (OS_CLOUD, OS_AUTH_URL, …) of the shell.
provider "ironic" {
  url           = "https://ironic.example:6385"
  auth_strategy = "http_basic" # with IRONIC_HTTP_BASIC_USERNAME and IRONIC_HTTP_BASIC_PASSWORD
}
