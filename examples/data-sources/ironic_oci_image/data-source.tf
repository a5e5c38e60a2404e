data "ironic_oci_image" "machine_os" {
  source                = "oci://quay.io/podman/machine-os:5.5"
  architecture          = "x86_64"
  image_download_source = "local"
}

output "pinned" {
  value = data.ironic_oci_image.machine_os.url
}
