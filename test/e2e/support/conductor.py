# What the real Ironic does with references: its own code picks the secret, authenticates and reads. Takes a list of
# questions in JSON on stdin and prints the answers; whatever Ironic fails with is an answer, by its class.
import json
import sys
import types

from ironic.common import image_service
from ironic.conf import CONF

CONF([], project="ironic", default_config_files=[])


def info(secret):
    return {} if secret is None else {"image_pull_secret": secret}


def pull(asked):
    CONF.set_override("authentication_config", asked.get("authentication_config"), group="oci")
    node = types.SimpleNamespace(
        uuid="e2e", instance_info=info(asked.get("instance")), driver_info=info(asked.get("driver")))
    auth = image_service.get_image_service_auth_override(node, permit_user_auth=asked["role"] == "image")
    try:
        service = image_service.OciImageService()
        service.set_image_auth(asked["reference"], auth)
        if "@" in asked["reference"]:
            service.show(asked["reference"])
        else:
            service.identify_specific_image(asked["reference"])
        return {"pulled": True}
    except Exception as error:
        return {"pulled": False, "error": type(error).__name__}


print(json.dumps([pull(asked) for asked in json.load(sys.stdin)]))
