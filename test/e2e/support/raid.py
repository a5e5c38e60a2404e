# Which RAID configurations the real Ironic accepts: a JSON list of them on standard input, one of booleans on standard output.
import json
import sys

from ironic.common import exception, raid
from ironic.drivers import base

with open(base.RAID_CONFIG_SCHEMA) as file:
    SCHEMA = json.load(file)


def accepts(config):
    try:
        raid.validate_configuration(config, SCHEMA)
        # Called after the creation of the volumes, by update_raid_info.
        raid._check_and_return_root_volumes(config)
    except exception.InvalidParameterValue:
        return False
    return True


json.dump([accepts(config) for config in json.load(sys.stdin)], sys.stdout)
