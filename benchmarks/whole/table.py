"""The table of a whole `up`: its program before and after, and its items, those of the race."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from boto3.session import Session as BotoSession

from tests.stacks.programs import program
from tools.embedded_aws import EmbeddedAws

KEYS: dict[str, Any] = {"hash_key": "pk", "range_key": "sk", "attributes": {"pk": "S", "sk": "S"}}
TURNED: dict[str, Any] = {"hash_key": "sk", "range_key": "pk", "attributes": {"pk": "S", "sk": "S"}}
BEFORE = program(**KEYS)


def after(segments: int | None) -> dict[str, str]:
    """Other keys, the same items: nothing is converted, and the successor is a bare copy."""
    return program(**TURNED, migration={} if segments is None else {"segments": segments})


def items(count: int) -> Iterator[dict[str, Any]]:
    """As the wire has them, about 270 bytes each, three to a customer."""
    for number in range(count):
        yield {
            "pk": {"S": f"customer#{number // 3:07}"},
            "sk": {"S": f"order#2026-{number % 12 + 1:02}-{number % 28 + 1:02}#{number:06}"},
            "name": {"S": "Ada King of Lovelace"},
            "city": {"S": "Lisbon"},
            "amount": {"N": f"{number % 9000 + 100}.{number % 89 + 10}"},
            "count": {"N": str(number % 40 + 1)},
            "paid": {"BOOL": number % 2 == 0},
            "note": {"S": f"leave it with the neighbour at number {number % 90 + 10}, thank you"},
        }


def dynamodb(aws: EmbeddedAws) -> Any:
    """A client of this embedded AWS."""
    told = aws.environment()
    return BotoSession(told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"], region_name=told["AWS_REGION"]).client(
        "dynamodb", endpoint_url=aws.endpoint
    )


def make_plain(client: Any, name: str) -> None:
    """A table that nobody migrates, with the successor's keys."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "sk", "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk")],
    )
