"""What is asked of AWS for a plan: nothing for a description that is refused anyway."""

from __future__ import annotations

from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.lifecycle.look import look
from pulumi_dynamo_migrator.model.spec import Spec
from pulumi_dynamo_migrator.plan.planner import make_plan
from tests.fakes.plans import IDENTITY, NEW, OLD, entry, table


class Tables:
    """Knows the served table, and takes a wrong name as DynamoDB does."""

    def observe(self, name: str) -> Any:
        assert name == table().name, f"DescribeTable was asked for {name!r}"
        return table()


class Asked:
    tables = Tables()


@pytest.mark.parametrize("name", ["", "my table!", "x" * 256])
@pytest.mark.parametrize("known", [None, entry()])
def test_dynamodb_is_not_asked_for_a_table_by_a_name_that_it_does_not_take(name: str, known: Any) -> None:
    spec = Spec(OLD if known is None else NEW, name=name)
    doors = cast(Doors, Asked())
    plan = make_plan(spec, look(spec, IDENTITY, doors, known, now=0.0))
    assert [problem for problem in plan.refusals if "is not a table name" in problem]
