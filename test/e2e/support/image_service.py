# What the real Ironic answers for references to made-up registries: its own image service runs, and an adapter below it plays
# the registry. Takes a list of cases in JSON on stdin (the form of test/fixtures/conformance/ironic-pins.json, without the
# answers), or with `registry` of a real one (`host`, and `ca` in PEM), and prints the answers; whatever Ironic fails with is an answer, by
# its class.
import json
import os
import sys
import tempfile
import urllib.parse

import requests

from ironic.common import image_service
from ironic.conf import CONF

CONF([], project="ironic", default_config_files=[])

FOLDER = tempfile.TemporaryDirectory()
INDEX = "application/vnd.oci.image.index.v1+json"


class Registry(requests.adapters.BaseAdapter):
    """Answers as docker-registry does: an index by digest only for who accepts one."""

    def __init__(self, case):
        super().__init__()
        self.case = case

    def send(self, request, **kwargs):
        path = urllib.parse.urlsplit(request.url).path
        name, kind, reference = path.removeprefix("/v2/").rsplit("/", 2)
        status, headers, body = self.answer(kind, reference, request)
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response._content = body.encode()
        response.url = request.url
        response.request = request
        return response

    def close(self):
        pass

    def answer(self, kind, reference, request):
        wire = self.case.get("wire") or {}
        if kind == "tags":
            return self.tags(wire.get("tags"), request)
        digest = self.case["tags"].get(reference, reference)
        manifest = self.case["manifests"].get(digest)
        if manifest is None:
            return 404, {}, json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN"}]})
        headers = {"Content-Type": wire.get("content_type", manifest["mediaType"])}
        if not wire.get("no_digest_header"):
            headers["Docker-Content-Digest"] = digest
        return 200, headers, manifest["body"]

    def tags(self, wire, request):
        if wire == "404":
            return 404, {}, json.dumps({"errors": [{"code": "NAME_UNKNOWN"}]})
        if wire == "null":
            return 200, {}, json.dumps({"name": self.case["repository"], "tags": None})
        if wire == "absent":
            return 200, {}, json.dumps({"name": self.case["repository"], "tags": ["other"]})
        return 200, {}, json.dumps({"name": self.case["repository"], "tags": list(self.case["tags"])})


def ask(case, reference):
    service = image_service.OciImageService()
    if "registry" in case:
        service._client.session.verify = authorities(case["registry"]["ca"])
    else:
        service._client.session.mount("https://", Registry(case))
    query = case["query"]
    try:
        found = service.identify_specific_image(
            reference, query["image_download_source"], query["cpu_arch"])
    except Exception as error:
        return {"error": type(error).__name__}
    if not found.get("oci_image_manifest_url"):
        return {"picked": None}
    return {
        "picked": found["oci_image_manifest_url"],
        "disk_format": found.get("image_disk_format"),
        "checksum": found.get("image_checksum"),
        "size": found.get("image_size"),
        "filename": found.get("image_filename"),
        "media_type": found.get("image_media_type"),
        "compression": found.get("image_compression_type"),
    }


def authorities(pem):
    path = os.path.join(FOLDER.name, "ca.pem")
    with open(path, "w") as file:
        file.write(pem)
    return path


def answer(case):
    host = case["registry"]["host"] if "registry" in case else "HOST"
    repository = f"oci://{host}/{case['repository']}"
    found = ask(case, repository + case["query"]["reference"])
    if found.get("picked"):
        found["pinned"] = ask(case, found["picked"])
    return found


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
