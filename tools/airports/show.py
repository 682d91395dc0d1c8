"""What the demo shows of its results: the writes, the history, and queries that the old table could not answer."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from tools.airports.data import Item, from_wire, to_wire
from tools.airports.proof import Write
from tools.airports.screen import command, rows, say
from tools.airports.stage import Times

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def tell_writes(writes: list[Write], times: Times, *, old: str, new: str) -> None:
    """Say how many writes were made when, and to which table."""
    during = [write for write in writes if times.began <= write.at < times.moved]
    late = [write for write in writes if write.at >= times.moved and write.table == old]
    after = [write for write in writes if write.table == new]
    parts = (
        (f"while `pulumi up` ran ({times.moved - times.began:.0f} s)", during),
        ("late, to the old table", late),
        ("to the new table", after),
    )
    rows([(text, f"{len(some):,} writes", _kinds(some)) for text, some in parts])


def _kinds(writes: list[Write]) -> str:
    return ", ".join(f"{count:,} {op}" for op, count in sorted(Counter(write.op for write in writes).items()))


def count_conflicts(client: DynamoDBClient) -> int:
    """Count the late writes that the migrator kept in its ledger, because they did not fit."""
    pages = client.get_paginator("scan").paginate(
        TableName="pulumi-dynamo-migrator",
        FilterExpression="begins_with(sk, :conflict)",
        ExpressionAttributeValues=to_wire({":conflict": "conflict#"}),
    )
    return sum(page["Count"] for page in pages)


def show_history(history: list[dict[str, Any]]) -> None:
    """Show the output `history`."""
    command("pulumi stack output history --json")
    for row in history:
        known = {name: value for name, value in row.items() if value not in ([], "")}
        say(json.dumps(known, ensure_ascii=False, indent=2).replace("\n", "\n   "))


def show_queries(client: DynamoDBClient, table: str) -> None:
    """Ask the new table what the old one could not answer."""
    say("")
    say('query(KeyConditionExpression=Key("country").eq("NP") & Key("icao").begins_with("VNK"))')
    key = "country = :country AND begins_with(icao, :icao)"
    _show(query(client, table, key, {":country": "NP", ":icao": "VNK"}))
    say("")
    say('query(IndexName="by_elevation", KeyConditionExpression=Key("country").eq("NP"),')
    say("      ScanIndexForward=False, Limit=5)")
    _show(query(client, table, "country = :country", {":country": "NP"}, index="by_elevation", limit=5))


def query(
    client: DynamoDBClient, table: str, key: str, values: Item, *, index: str | None = None, limit: int | None = None
) -> list[Item]:
    """Ask for items of one country, in descending order where an index is named."""
    asked: dict[str, Any] = {"KeyConditionExpression": key, "ExpressionAttributeValues": to_wire(values)}
    asked |= {"IndexName": index, "ScanIndexForward": False} if index else {}
    asked |= {"Limit": limit} if limit else {}
    return [from_wire(item) for item in client.query(TableName=table, **asked)["Items"]]


def _show(items: list[Item]) -> None:
    rows([("  " + str(item["icao"]), f"{item['elevation_m']:>5} m", str(item["name"])) for item in items])
