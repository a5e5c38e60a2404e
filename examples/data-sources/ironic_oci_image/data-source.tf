data "ironic_oci_image" "machine_os" {
  source                = "oci://quay.io/podman/machine-os:5.5"
  architecture          = "x86_64"
  image_download_source = "local"
  # The pin of the first plan stays. Commit the file.
  lock_file = "ironic-oci.lock.json"
}

output "pinned" {
  value = data.ironic_oci_image.machine_os.url
}
