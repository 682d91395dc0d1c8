"""With IAM enforced: the replicator copies under the role that was made for it, and without any statement it stops.

What the embedded AWS does not ask of a role (reading the stream, writing the log, `dynamodb:LeadingKeys`) is compared
as text in tests/unit/aws/test_policies.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from pulumi_dynamo_migrator import Conversion
from pulumi_dynamo_migrator.aws.roles import POLICY
from tests.emulator.iam_world import FIRST, World
from tests.eventually import eventually

pytestmark = pytest.mark.emulator


def doubled(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "at": item["at"] * 2}


FOLLOWED = {
    **FIRST,
    "stream_enabled": True,
    "stream_view_type": "KEYS_ONLY",
    "conversions": [Conversion(2, doubled).as_property()],
    "migration": {"function_timeout": 3, "fence": True},
    "serve": 1,
}
"""A held migration: its replicator goes on, and reads each item in the source, whose stream has keys only."""


@dataclass
class Role:
    """The replicator's role, as root changes it."""

    world: World
    name: str
    whole: dict[str, Any]

    @classmethod
    def only_one(cls, world: World) -> Role:
        (name,) = (one["RoleName"] for one in world.root.identities.list_roles()["Roles"])
        found: Any = world.root.identities.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"]
        return cls(world, name, found if isinstance(found, dict) else json.loads(found))

    def allow(self, *, without: str = "") -> None:
        left = [one for one in self.whole["Statement"] if one["Sid"] != without]
        assert len(left) == len(self.whole["Statement"]) - bool(without), without
        self.world.root.identities.put_role_policy(
            RoleName=self.name, PolicyName=POLICY, PolicyDocument=json.dumps({**self.whole, "Statement": left})
        )


def test_the_replicator_copies_under_its_role_and_stops_without_any_statement(world: World) -> None:
    world.succeed({**FIRST, "stream_enabled": True, "stream_view_type": "KEYS_ONLY"})
    assert world.up(FOLLOWED)["phase"] == "held"
    role = Role.only_one(world)
    stops_without(role, "ReadSource", "dynamodb:GetItem", where=marked)
    stops_without(role, "WriteSuccessor", "dynamodb:BatchWriteItem", where=marked)
    stops_without(role, "KeepLedger", "dynamodb:PutItem", where=logged)


def stops_without(role: Role, sid: str, action: str, *, where: Callable[[World, str], str]) -> None:
    """The function is refused this action; what was written meanwhile arrives once the role is whole again."""
    role.allow(without=sid)
    role.world.root.put("orders", [{"id": sid, "at": 1}])
    eventually(lambda: contains(where(role.world, role.name), f"not authorized to perform: {action}"), within=60)
    role.allow()
    eventually(lambda: contains(str(role.world.root.items("orders_V2")), f"'id': '{sid}'"), within=60)


def contains(text: str, part: str) -> None:
    assert part in text


def marked(world: World, function: str) -> str:
    """What the ledger says of batches that come again."""
    return str([row.get("error") for row in world.root.ledger(under="migration#") if row["sk"].startswith("failing#")])


def logged(world: World, function: str) -> str:
    """What the function's own log says: it could not reach the ledger."""
    found = world.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    return "".join(one["message"] for one in found)
