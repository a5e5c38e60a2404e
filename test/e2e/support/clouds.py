# What the real openstacksdk makes of files and variables: a JSON list of cases on standard input, one of outcomes on standard
# output. A case has home, env, cloud and region; its working folder is home/work.
import importlib
import json
import os
import sys
import warnings

from openstack.config import loader

warnings.simplefilter("ignore")
OPTIONS = {
    "auth_url", "username", "user_id", "password", "user_domain_id", "user_domain_name", "project_id", "project_name",
    "project_domain_id", "project_domain_name", "domain_id", "domain_name", "default_domain_id", "default_domain_name",
    "system_scope", "trust_id", "token", "endpoint", "application_credential_id", "application_credential_name",
    "application_credential_secret",
}  # fmt: skip


def settings(case):
    os.environ.clear()
    os.environ.update(case["env"])
    os.chdir(case["home"] + "/work")
    # The search path is made when the module is loaded.
    module = importlib.reload(loader)
    region = module.OpenStackConfig().get_one(cloud=case["cloud"], region_name=case["region"])
    verify, cert = region.get_requests_verify_args()
    found = {
        "auth_type": region.config["auth_type"],
        "auth": {name: str(value) for name, value in region.get_auth_args().items() if value and name in OPTIONS},
        "region": region.get_region_name("baremetal"),
        "interface": region.get_interface("baremetal"),
        "service_type": region.get_service_type("baremetal"),
        "service_name": region.get_service_name("baremetal"),
        "endpoint": region.get_endpoint("baremetal"),
        "microversion": region.get_default_microversion("baremetal"),
        "verify": verify,
        "cert": cert,
    }
    kept = {name: value for name, value in found.items() if value is not None and value != ""}
    return json.loads(json.dumps(kept).replace(case["home"], "HOME"))


def outcome(case):
    try:
        return {"settings": settings(case)}
    except Exception as error:  # whatever it is: it can't be used
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps([outcome(case) for case in json.load(sys.stdin)], indent=1))
