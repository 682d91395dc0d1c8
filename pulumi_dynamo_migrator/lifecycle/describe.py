"""A table as DescribeTable tells it, for a script's callback. Runs in the user's program; reads, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_dynamo_migrator.aws.faults import asking
from pulumi_dynamo_migrator.lifecycle.work import open_doors

Bag = Mapping[str, Any]


def described(table: str, inputs: Bag, *, configuration: Bag) -> dict[str, Any]:
    """DescribeTable's "Table", as boto3 gives it, from where the resource's own calls go."""
    client = open_doors(configuration, inputs).session.client("dynamodb")
    with asking("dynamodb:DescribeTable", f"table {table}"):
        return dict(client.describe_table(TableName=table)["Table"])
