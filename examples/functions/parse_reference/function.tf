variable "image" {
  type    = string
  default = "oci://quay.io/podman/machine-os:5.5"

  validation {
    condition     = provider::ironic::parse_reference(var.image).registry == "quay.io"
    error_message = "Only images of quay.io are deployed."
  }
}

output "tag" {
  value = provider::ironic::parse_reference(var.image).tag
}
