"""One `create` or `update` of the provider in a process of its own, without Pulumi's engine: so it can be killed.

Usage: one_up.py ID, a bag of inputs as JSON on standard input; ID is empty for a create. Prints id and outputs as JSON.
"""

from __future__ import annotations

import json
import sys

from pulumi_dynamo_migrator.lifecycle.converge import create, update

if __name__ == "__main__":
    bag = json.load(sys.stdin)
    if sys.argv[1]:
        print(json.dumps([sys.argv[1], update(sys.argv[1], bag, configuration={})]))
    else:
        print(json.dumps(create(bag, configuration={})))
