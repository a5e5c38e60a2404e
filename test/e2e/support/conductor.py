# What the real Ironic does with references: its own code reads the configuration, picks the secret, authenticates, reads, and prepares
# a deployment. Takes a list of questions in JSON on stdin and prints the answers; whatever Ironic fails with is an answer, by its
# class.
#
# A question: see ConductorQuestion in conductor.ts; `conf` holds paths, `bundle` the authorities that the machine trusts.
import base64
import functools
import http.server
import json
import os
import shutil
import sys
import tempfile
import threading
import types
from unittest import mock

from ironic.common import image_service
from ironic.common import images
from ironic.conf import CONF
from ironic.drivers.modules import agent
from ironic.drivers.modules import deploy_utils


def info(secret):
    return {} if secret is None else {"image_pull_secret": secret}


class Node(types.SimpleNamespace):
    def save(self):
        pass

    def set_driver_internal_info(self, key, value):
        self.driver_internal_info[key] = value

    def get_interface(self, kind):
        return {"deploy": "direct"}.get(kind)


def make_task(asked):
    driver_info = {**info(asked.get("driver")), **asked.get("driver_info", {})}
    instance_info = {
        "image_source": asked["reference"], **info(asked.get("instance")), **asked.get("instance_info", {})}
    node = Node(
        uuid="e2e-node", driver="fake-hardware", driver_info=driver_info, instance_info=instance_info, deploy_interface=None,
        properties=asked.get("properties", {}), driver_internal_info={"is_whole_disk_image": True})
    return types.SimpleNamespace(node=node, context=None, driver=mock.Mock(), shared=False)


def image_auth(asked, node):
    """As who fetches it: the deploy interface, or the boot interface."""
    if asked["role"] == "image":
        return image_service.get_image_service_auth_override(node)
    if asked.get("boot") == "pxe":
        # Source: pxe_utils.cache_ramdisk_kernel
        return image_service.get_image_service_auth_override(node, permit_user_auth=False)
    # Source: images.create_boot_iso, which fetches with no credentials of a node's
    return None


def pull(asked):
    task = make_task(asked)
    if asked["role"] != "image" and asked.get("boot") != "pxe":
        # The function that virtual media calls for kernels and ramdisks.
        with tempfile.TemporaryDirectory() as folder:
            images.fetch(None, asked["reference"], os.path.join(folder, "file"))
        return {}
    service = image_service.OciImageService()
    service.set_image_auth(asked["reference"], image_auth(asked, task.node))
    if asked["role"] != "image":
        service.show(asked["reference"])
        return {}
    found = service.identify_specific_image(
        asked["reference"], deploy_utils.get_image_download_source(task.node), task.node.properties.get("cpu_arch"))
    return {"disk_format": found.get("image_disk_format"), "found": bool(found)}


def deploy(asked):
    """What `direct` does up to the machine's first boot: picks, downloads, compares formats and sizes."""
    task = make_task(asked)
    agent.AgentDeploy._update_instance_info(object(), task)
    written = task.node.instance_info
    return {"disk_format": written.get("image_disk_format"), "url": written.get("image_url"),
            "token": bool(written.get("image_request_authorization_secret"))}


def bootc(asked):
    """The secret that is handed to the agent, as the agent writes it down for podman; and whether bootc is detected."""
    task = make_task(asked)
    with mock.patch.object(agent.agent_base, "execute_step") as execute, \
            mock.patch.object(agent.agent_client, "get_client"):
        agent.BootcAgentDeploy.execute_bootc_install(mock.Mock(shared=False), task)
    secret = execute.call_args.args[1]["args"]["oci_pull_secret"]
    auth = base64.standard_b64decode(secret).decode() if secret else None
    supports = getattr(agent.BootcAgentDeploy, "supports_deploy", None)
    return {"auth": auth, "detected": supports(object(), task) if supports else None}


def settings(_asked):
    """What oslo.config makes of the files, as far as the doctor reads them."""
    def value(name, group):
        try:
            return CONF[group][name] if group else CONF[name]
        except Exception as error:
            return {"error": type(error).__name__}
    return {"values": {
        "%s.%s" % (group or "DEFAULT", name): value(name, group) for group, name in (
            (None, "force_raw_images"), (None, "webserver_verify_ca"), (None, "default_boot_interface"),
            (None, "enabled_deploy_interfaces"), ("agent", "image_download_source"), ("agent", "stream_raw_images"),
            ("agent", "memory_consumed_by_agent"), ("conductor", "conductor_always_validates_images"),
            ("conductor", "permitted_image_formats"), ("deploy", "image_server_user"),
            ("deploy", "image_server_password"), ("oci", "authentication_config"))}}


def answer(asked, folder):
    os.environ.pop("REQUESTS_CA_BUNDLE", None)
    if asked.get("bundle"):
        os.environ["REQUESTS_CA_BUNDLE"] = asked["bundle"]
    files = [word for path in asked.get("conf", []) for word in ("--config-file", path)]
    CONF.reset()
    CONF.clear()
    try:
        CONF(files, project="ironic", default_config_files=[])
    except Exception as error:
        return {"works": False, "error": type(error).__name__}
    CONF.set_override("http_root", folder + "/http", group="deploy")
    CONF.set_override("http_url", "http://127.0.0.1:%d" % port, group="deploy")
    for group, name in (("pxe", "images_path"), ("pxe", "instance_master_path"), ("DEFAULT", "tempdir")):
        path = os.path.join(folder, name)
        # A warm cache hides refusals.
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        CONF.set_override(name, path, group=None if group == "DEFAULT" else group)
    shutil.rmtree(os.path.join(folder, "http"), ignore_errors=True)
    os.makedirs(os.path.join(folder, "http"))
    CONF.set_override("lock_path", folder, group="oslo_concurrency")
    CONF.set_override("minimum_required_memory", 0)
    try:
        return {"works": True, **{"pull": pull, "deploy": deploy, "bootc": bootc, "settings": settings}[asked.get("what", "pull")](asked)}
    except Exception as error:
        return {"works": False, "error": type(error).__name__, "message": str(error)[:300]}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args):
        pass


with tempfile.TemporaryDirectory() as folder:
    # The conductor looks whether what it serves to the agent is there.
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=os.path.join(folder, "http")))
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps([answer(asked, folder) for asked in json.load(sys.stdin)]))
