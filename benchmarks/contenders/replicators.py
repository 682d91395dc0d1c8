"""A stream's records onto the successor: our function as Lambda has it, and what one writes without thinking of cost.

Ours runs out of its own zip, with nothing but the standard library and botocore. Counts records.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
import time
from typing import Any

import boto3

from benchmarks.site import Site, Work, target

RECORDS = 100  # what a batch of the event source mapping holds


class _Context:
    aws_request_id = "benchmark"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def ours(_site: Site) -> Work:
    """The function's own handler, from the function's own zip."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([sys.executable, "-m", "benchmarks.contenders.zip", place], check=True)
        sys.path.insert(0, place)
        handler: Any = importlib.import_module("pulumi_dynamo_migrator.replicate.handler")
        handler.config_text()  # read once, and kept
        sys.path.remove(place)
    event = {"Records": records()}

    def work(batches: int) -> int:
        for _ in range(batches):
            handler.handler(event, _Context())
        return batches * RECORDS

    return work


def one_put_each(_site: Site) -> Work:
    """A handler of a dozen lines: one request for each record."""
    dynamodb: Any = boto3.client("dynamodb")
    event = {"Records": records()}
    table = target(1)

    def handle(event: dict[str, Any]) -> None:
        for record in event["Records"]:
            change = record["dynamodb"]
            if record["eventName"] == "REMOVE":
                dynamodb.delete_item(TableName=table, Key=change["Keys"])
            else:
                dynamodb.put_item(TableName=table, Item=change["NewImage"])

    def work(batches: int) -> int:
        for _ in range(batches):
            handle(event)
        return batches * RECORDS

    return work


def records() -> list[dict[str, Any]]:
    """Inserts, changes and removals of a hundred items, as Lambda hands them over."""
    return [_record(number) for number in range(RECORDS)]


def _record(number: int) -> dict[str, Any]:
    name = ("INSERT", "MODIFY", "MODIFY", "MODIFY", "INSERT", "MODIFY", "INSERT", "MODIFY", "MODIFY", "REMOVE")[
        number % 10
    ]
    keys = {"pk": {"S": f"customer#{number:07}"}, "sk": {"S": f"order#2026-02-02#{number:06}"}}
    images = {} if name == "INSERT" else {"OldImage": {**keys, **_attributes(number)}}
    if name != "REMOVE":
        images["NewImage"] = {**keys, **_attributes(number + 1)}
    change = {"Keys": keys, "ApproximateCreationDateTime": time.time(), "SequenceNumber": str(number), **images}
    return {"eventID": f"{number:032}", "eventName": name, "eventSource": "aws:dynamodb", "dynamodb": change}


def _attributes(number: int) -> dict[str, Any]:
    return {
        "name": {"S": "Ada King of Lovelace"},
        "city": {"S": "Lisbon"},
        "amount": {"N": f"{number}.25"},
        "count": {"N": str(number)},
        "paid": {"BOOL": True},
        "note": {"S": f"leave it with the neighbour at number {number}, thank you"},
    }
