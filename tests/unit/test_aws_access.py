"""The page on access agrees with the policy that is printed, statement by statement."""

from __future__ import annotations

import json
import re

from pulumi_dynamo_migrator.aws.operator_policy import Operator, operator_policy
from pulumi_dynamo_migrator.aws.policies import Place
from tests.unit.aws.aws_calls import NEEDS_NO_PERMISSION
from tools.shell_env import ROOT

PAGE = (ROOT / "docs" / "aws-access.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<sid>\w+)` \|.*\| (?P<actions>[^|]+) \|$", re.MULTILINE)
ACTION = re.compile(r"`(?:(?P<service>\w+):)?(?P<name>\w+\*?)`")


def shown() -> dict[str, set[str]]:
    """What the page's table says: a service is named once a row, or where it changes."""
    return {row["sid"]: actions(row["actions"]) for row in ROW.finditer(PAGE)}


def actions(cell: str) -> set[str]:
    service, found = "", set()
    for one in ACTION.finditer(cell):
        service = one["service"] or service
        found.add(f"{service}:{one['name']}")
    return found


def printed() -> dict[str, set[str]]:
    """Every statement that can be printed."""
    place = Place("aws", "eu-west-1", "123456789012")
    who = [
        Operator(place, script=True, older_library=True, kms_keys=("arn:key",)),
        Operator(place, permissions_boundary="arn:bound"),
        Operator(place, role="copier"),
    ]
    statements = [one for each in reversed(who) for one in json.loads(operator_policy(each))["Statement"]]
    return {one["Sid"]: set(one["Action"]) for one in statements}


def test_the_page_shows_every_statement_with_its_actions() -> None:
    assert shown() == printed()


def test_the_page_names_what_needs_no_permission() -> None:
    assert all(f"`{action}`" in PAGE for action in NEEDS_NO_PERMISSION)
