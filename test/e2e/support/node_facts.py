# Records facts of a node in a real Ironic's database with Ironic's own objects, as its drivers do: JSON on standard input.
import json
import sys

from oslo_utils import timeutils
from osprofiler import opts as profiler

from ironic import objects
from ironic.common import context, service
from ironic.conf import CONF

# Ironic's database module reads the profiler's options.
profiler.set_defaults(CONF)
service.prepare_command(["ironic", "--config-file", sys.argv[1]])
admin = context.get_admin_context()
facts = json.load(sys.stdin)
node_id = objects.Node.get_by_uuid(admin, sys.argv[2]).id
if "inventory" in facts:
    found = facts["inventory"]
    objects.NodeInventory(
        admin, node_id=node_id, inventory_data=found["inventory"], plugin_data=found["plugin_data"]
    ).create()
for component in facts.get("firmware", []):
    known = {name: value for name, value in component.items() if name in objects.FirmwareComponent.fields}
    objects.FirmwareComponent(admin, node_id=node_id, **known).create()
if "bios" in facts:
    objects.BIOSSettingList.create(admin, node_id, facts["bios"])
for event in facts.get("history", []):
    event["created_at"] = timeutils.parse_isotime(event["created_at"])
    objects.NodeHistory(admin, node_id=node_id, **event).create()
