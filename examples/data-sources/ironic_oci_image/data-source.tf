data "ironic_oci_image" "fcos" {
  source                = "oci://quay.io/fedora/fedora-coreos:stable"
  architecture          = "x86_64"
  image_download_source = "local"
}

output "pinned" {
  value = data.ironic_oci_image.fcos.url
}
