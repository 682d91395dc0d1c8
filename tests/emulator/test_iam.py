"""With IAM enforced: a whole life under exactly the policy that `iam-policy` prints, and without any one statement."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_dynamo_migrator.aws.policies import TRUST
from tests.emulator.iam_world import FIRST, World, refusal
from tests.stacks.account import texts
from tests.unit.aws.aws_calls import ASKED_IN_ADDITION, OPERATOR, actions_of_all

pytestmark = pytest.mark.emulator

RANGED = {**FIRST, "range_key": "at", "attributes": {"id": "S", "at": "N"}}
TURNED = {**RANGED, "hash_key": "at", "range_key": "id", "migration": {"function_timeout": 1, "fence": True}}
ITEMS = [{"id": f"k{number}", "at": number} for number in range(40)]

TO_CREATE = ("KeepLedger", "SeeTables", "ChangeTables")
TO_HAND_OVER = (
    *("CopyItems", "SeeStreamReaders", "FollowStreams", "MakeRoles", "PassRoles"),
    *("MakeReplicators", "TagReplicators", "ConnectReplicators"),
)
TO_RETIRE = ("HearWriters", "DenyWrites", "FindBackups", "BackUp", "AwaitBackups")
"""Without which statements it stops, in the order in which a life comes to need them."""

OLDER = "dynamodb_migrator_1"
TO_REMOVE_OLDER = ("DisconnectOlderFunctions", "RemoveOlderFunctions", "RemoveOlderRoles", "RemoveOlderPolicies")


def retiring(bag: dict[str, Any], number: int) -> dict[str, Any]:
    """The same, and the end of a version."""
    return {**bag, "retire": [{"version": number, "evidence": 0}]}


def test_a_whole_life_goes_through_under_the_printed_policy_and_stops_without_any_statement(world: World) -> None:
    stage(world, FIRST, TO_CREATE)
    world.root.put("orders", ITEMS)
    stage(world, RANGED, TO_HAND_OVER)
    stage(world, retiring(RANGED, 1), TO_RETIRE)
    world.refused_without("DenyWrites", lambda: world.up(TURNED))
    finish_without_removing_the_log(world, TURNED)
    stage(world, retiring(TURNED, 2), ())
    assert texts(world.root.items("orders_V3")) == texts(ITEMS)
    assert (world.root.tables(), world.root.helpers()) == (["orders_V3", "pulumi-dynamo-migrator"], [])
    world.destroy(TURNED)
    assert (world.root.tables(), world.judge.denied) == ([], [])
    assert world.judge.asked - actions_of_all(OPERATOR) <= set(ASKED_IN_ADDITION), (
        "a call that reading the code does not find"
    )


def stage(world: World, bag: dict[str, Any], needed: tuple[str, ...]) -> None:
    """Refused without each of these statements, and nothing is denied with all of them."""
    for sid in needed:
        world.refused_without(sid, lambda: world.up(bag))
    world.judge.denied.clear()
    world.succeed(bag)
    assert world.judge.denied == []


def finish_without_removing_the_log(world: World, bag: dict[str, Any]) -> None:
    """Lambda made the log group: it stays, and that is no reason to stop."""
    world.allow(without="RemoveLogs")
    world.judge.denied.clear()
    world.succeed(bag)
    assert world.judge.denied == ["logs:DeleteLogGroup"]
    world.allow()


def test_without_its_metrics_statement_the_operator_does_not_learn_how_much_was_written(world: World) -> None:
    world.allow(without="CountWrites")
    assert world.doors().metrics.written_units("orders", since=0, until=1) is None
    assert world.judge.denied == ["cloudwatch:GetMetricStatistics"]


def test_without_fences_and_with_a_role_of_the_users_own_a_hand_over_needs_nothing_that_was_left_out(
    world: World,
) -> None:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}]}
    world.root.identities.create_role(RoleName="copier", AssumeRolePolicyDocument=TRUST)
    world.root.identities.put_role_policy(RoleName="copier", PolicyName="all", PolicyDocument=json.dumps(everything))
    world.whole = World.printed("orders", fences=False, role="copier")
    world.allow()
    with_role = {"migration": {"function_timeout": 1, "role": "copier"}}
    world.succeed({**FIRST, **with_role})
    world.succeed({**RANGED, **with_role})
    assert world.judge.denied == []
    assert "dynamodb:GetShardIterator" in refusal(lambda: world.up(retiring({**RANGED, **with_role}, 1)))


def test_what_the_older_library_left_is_read_and_removed_under_the_printed_policy(world: World) -> None:
    world.refused_without("ReadOlderLibrary", lambda: world.doors().older.read("customers"))
    assert world.doors().older.read("customers") is None
    removals = world.older_removals(OLDER)
    for sid, remove in zip(TO_REMOVE_OLDER, removals, strict=True):
        world.refused_without(sid, remove)
        world.judge.denied.clear()
        remove()
        assert world.judge.denied == []
    assert (world.root.helpers(), world.root.identities.list_policies(Scope="Local")["Policies"]) == ([], [])


def test_every_statement_that_can_be_printed_is_tried() -> None:
    tried = {*TO_CREATE, *TO_HAND_OVER, *TO_RETIRE, *TO_REMOVE_OLDER, "RemoveLogs", "CountWrites", "ReadOlderLibrary"}
    assert {one["Sid"] for one in World.printed(script=True, older_library=True)["Statement"]} == tried
