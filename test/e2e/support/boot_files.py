# What the real Ironic does with references for the files that a machine boots, and for firmware: its own functions run, and an
# adapter below its OCI client plays the registry. Takes {"manifest": …, "blob": …, "digest": …} in JSON on stdin, and prints for each
# reference the downloaded text, or the class of the error.
import io
import json
import os
import sys
import tempfile
import types
import urllib.parse

import requests
import urllib3

from ironic.common import context
from ironic.common import image_service
from ironic.common import images
from ironic.common import pxe_utils
from ironic.conf import CONF
from ironic.drivers.modules import image_utils
from ironic.drivers.modules.redfish import firmware_utils

CONF([], project="ironic", default_config_files=[])
CASE = json.load(sys.stdin)


class Registry(requests.adapters.BaseAdapter):
    def send(self, request, **kwargs):
        kind = urllib.parse.urlsplit(request.url).path.rsplit("/", 2)[1]
        response = requests.Response()
        response.status_code = 200
        content = CASE["manifest" if kind == "manifests" else "blob"].encode()
        response.raw = urllib3.HTTPResponse(
            body=io.BytesIO(content), status=200, preload_content=False)
        response.headers.update({
            "Content-Type": "application/vnd.oci.image.manifest.v1+json",
            "Docker-Content-Digest": CASE["digest"]})
        response.url = request.url
        response.request = request
        return response

    def close(self):
        pass


original = image_service.OciImageService.__init__


def with_registry(self):
    original(self)
    self._client.session.mount("https://", Registry())


image_service.OciImageService.__init__ = with_registry
folder = tempfile.mkdtemp()
CONF.set_override("iso_master_path", None, "deploy")
CONF.set_override("tftp_master_path", None, "pxe")
CONF.set_override("tempdir", folder)


def downloaded(fetch, href):
    path = os.path.join(folder, "file")
    try:
        fetch(href, path)
        with open(path) as file:
            return file.read()
    except Exception as error:
        return type(error).__name__


FETCHERS = {
    # deploy_iso, rescue_iso, boot_iso: image_utils.prepare_remote_image
    "iso": lambda href, path: image_utils.ISOImageCache().fetch_image(
        href, path, ctx=context.RequestContext(), force_raw=False),
    # kernels and ramdisks over the network: pxe_utils.cache_ramdisk_kernel
    "network": lambda href, path: pxe_utils.TFTPImageCache().fetch_image(
        href, path, ctx=context.RequestContext(), force_raw=False),
    # kernel, ramdisk and boot loader of a built ISO image: images.create_boot_iso
    "built": lambda href, path: images.fetch(context.RequestContext(), href, path),
    # firmware.update, management.update_firmware: _stage_firmware_file
    "firmware": lambda href, path: os.rename(firmware_utils.download_to_temp(
        types.SimpleNamespace(uuid="n"), href), path),
}
REFERENCES = {
    "digest": f"oci://registry.example/file@{CASE['digest']}",
    "tag": "oci://registry.example/file:tag",
}
json.dump({name: {by: downloaded(fetch, href) for by, href in REFERENCES.items()}
           for name, fetch in FETCHERS.items()}, sys.stdout)
