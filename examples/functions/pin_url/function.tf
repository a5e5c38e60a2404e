# The digest that the pipeline has pushed.
variable "digest" {
  type = string
}

output "image_source" {
  value = provider::ironic::pin_url("oci://registry.example/images/os:1.0", var.digest)
}
