variable "pull_secret" {
  type      = string
  ephemeral = true
}

resource "ironic_allocation_v1" "worker" {
  resource_class = "baremetal"
}

data "ironic_oci_image" "machine_os" {
  source                = "oci://quay.io/podman/machine-os:5.5"
  architecture          = "x86_64"
  image_download_source = "local"
}

resource "ironic_deployment" "worker" {
  node_uuid = ironic_allocation_v1.worker.node_uuid

  # Pinned: when the digest changes, the node is rebuilt in place.
  instance_info = {
    image_source          = data.ironic_oci_image.machine_os.url
    image_download_source = "local"
  }
  image_pull_secret_wo         = var.pull_secret
  image_pull_secret_wo_version = 1

  user_data = jsonencode({ ignition = { version = "3.4.0" } })
  metadata  = { hostname = "worker-0" }
}
