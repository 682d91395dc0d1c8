"""What `iam-policy` prints, as text: on what each statement is, and what its switches add and leave out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_dynamo_migrator.aws.operator_policy import HELPERS, Operator, operator_policy
from pulumi_dynamo_migrator.aws.policies import Place
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.names import helper_name

PLACE = Place("aws", "eu-west-1", "123456789012")
ANYWHERE = Place("*", "*", "*")
WITHOUT_RESOURCES = {
    "dynamodb:ListBackups",
    "lambda:ListEventSourceMappings",
    "lambda:GetEventSourceMapping",
    "cloudwatch:GetMetricStatistics",
}
OF_A_FUNCTION = {f"lambda:{verb}EventSourceMapping" for verb in ("Create", "Update", "Delete")}


def printed(*tables: str, place: Place = PLACE, **more: Any) -> dict[str, dict[str, Any]]:
    """The statements by their names."""
    text = operator_policy(Operator(place, tables or ("*",), **more))
    statements = json.loads(text)["Statement"]
    found = {one["Sid"]: one for one in statements}
    assert len(found) == len(statements)
    return found


def test_every_version_of_the_named_tables_is_meant_and_no_other_table() -> None:
    tables = "arn:aws:dynamodb:eu-west-1:123456789012:table"
    found = printed("orders", "people-*")
    versions = [f"{tables}/{name}" for name in ("orders", "orders_V*", "people-*", "people-*_V*")]
    assert found["ChangeTables"]["Resource"] == versions
    assert found["FollowStreams"]["Resource"] == [f"{one}/stream/*" for one in versions]
    assert found["AwaitBackups"]["Resource"] == [f"{one}/backup/*" for one in versions]
    assert found["KeepLedger"]["Resource"] == f"{tables}/pulumi-dynamo-migrator"


def test_without_names_every_table_everywhere_is_meant() -> None:
    assert printed(place=ANYWHERE)["ChangeTables"]["Resource"] == "arn:*:dynamodb:*:*:table/*"
    assert printed(place=ANYWHERE)["MakeRoles"]["Resource"] == "arn:*:iam::*:role/pdm-*"


@pytest.mark.parametrize("name", ["", "a/b", 'x"', "arn:aws:dynamodb:::table/x", "${aws:username}", "orders\n"])
def test_what_no_table_can_be_called_is_refused(name: str) -> None:
    with pytest.raises(MigratorError, match="no base name"):
        printed(name)


@pytest.mark.parametrize("role", ["", "*", "cop?er", "${aws:username}", "copier\n", 'copier"', "arn:aws:iam::1:role/x"])
def test_what_no_role_can_be_called_is_refused(role: str) -> None:
    """A star would let every role be passed to Lambda."""
    with pytest.raises(MigratorError, match="no name of a role"):
        printed(role=role)


def test_everything_is_meant_only_where_iam_takes_nothing_less() -> None:
    for one in printed("orders", script=True, older_library=True, kms_keys=("arn:key",)).values():
        assert one["Effect"] == "Allow"
        if one["Resource"] == "*":
            free = WITHOUT_RESOURCES if "Condition" not in one else OF_A_FUNCTION
            assert set(one["Action"]) <= free, one["Sid"]


def test_our_functions_and_roles_are_the_ones_that_are_named_like_ours() -> None:
    found = printed()
    assert helper_name("x").startswith(HELPERS.removesuffix("*"))
    function = "arn:aws:lambda:eu-west-1:123456789012:function:pdm-*"
    assert found["MakeReplicators"]["Resource"] == function
    assert found["ConnectReplicators"]["Condition"] == {"ArnLike": {"lambda:FunctionArn": function}}
    assert found["RemoveLogs"]["Resource"].endswith(":log-group:/aws/lambda/pdm-*")


def test_roles_are_passed_to_lambda_alone() -> None:
    assert printed()["PassRoles"]["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def test_a_role_that_is_given_is_only_looked_at_and_passed() -> None:
    found = printed(role="migrations/copier")
    role = "arn:aws:iam::123456789012:role/migrations/copier"
    about_roles = [(one["Action"], one["Resource"]) for one in found.values() if one["Action"][0].startswith("iam:")]
    assert about_roles == [(["iam:GetRole"], role), (["iam:PassRole"], role)]


def test_with_a_boundary_no_role_is_made_or_given_rights_without_it() -> None:
    found = printed(permissions_boundary="arn:aws:iam::123456789012:policy/bound")
    assert found["MakeRoles"]["Action"] == ["iam:CreateRole", "iam:PutRolePolicy"]
    bound = {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/bound"}
    assert found["MakeRoles"]["Condition"] == {"StringEquals": bound}
    together = {*found["MakeRoles"]["Action"], *found["KeepRoles"]["Action"]}
    assert together == set(printed()["MakeRoles"]["Action"])


def test_without_fences_no_policy_is_written_nothing_backed_up_and_no_stream_read() -> None:
    left_out = printed().keys() - printed(fences=False).keys()
    assert left_out == {"DenyWrites", "HearWriters", "BackUp", "AwaitBackups", "FindBackups", "CountWrites"}


def test_what_the_older_library_made_is_named_only_where_that_is_asked() -> None:
    assert printed(script=True).keys() - printed().keys() == {"ReadOlderLibrary"}
    more = printed(older_library=True).keys() - printed().keys()
    assert more == {
        "ReadOlderLibrary",
        "RemoveOlderFunctions",
        "DisconnectOlderFunctions",
        "RemoveOlderRoles",
        "RemoveOlderPolicies",
    }
    assert not any("dynamodb_migrator" in json.dumps(one) for one in printed().values())


def test_keys_are_used_through_dynamodb_only() -> None:
    keys = printed(kms_keys=("arn:key/a", "arn:key/b"))["UseKeys"]
    assert keys["Resource"] == ["arn:key/a", "arn:key/b"]
    assert keys["Condition"] == {"StringLike": {"kms:ViaService": "dynamodb.eu-west-1.*"}}
