"""boto3 as its users have it: the client with wire items, and the resource with Python values.

Neither copies as safely as ours: a put writes over what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.site import CONVERSION, Site, Work, source, target

BATCH = 25


def client(_site: Site) -> Work:
    """The client: scan, batch_write_item."""
    return _client_copy(Config())


def client_unchecked(_site: Site) -> Work:
    """The client without its check of every parameter (`parameter_validation=False`)."""
    return _client_copy(Config(parameter_validation=False))


def resource(_site: Site) -> Work:
    """The resource: scan, batch_writer."""
    return _resource_copy(lambda item: item)


def resource_converting(_site: Site) -> Work:
    """The same, through the conversion that ours goes through."""
    space: dict[str, Any] = {}
    exec(CONVERSION, space)  # the text is ours, in site.py
    return _resource_copy(space["convert"])


def _client_copy(config: Config) -> Work:
    dynamodb = boto3.client("dynamodb", config=config)

    def work(pages: int) -> int:
        table = target(pages)
        copied = 0
        for items in _pages(dynamodb.scan, {"TableName": source(pages)}):
            for start in range(0, len(items), BATCH):
                left: Any = {table: [{"PutRequest": {"Item": item}} for item in items[start : start + BATCH]]}
                while left:
                    left = dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"]
            copied += len(items)
        return copied

    return work


def _resource_copy(convert: Callable[[dict[str, Any]], dict[str, Any]]) -> Work:
    dynamodb = boto3.resource("dynamodb")

    def work(pages: int) -> int:
        copied = 0
        with dynamodb.Table(target(pages)).batch_writer() as batch:
            for items in _pages(dynamodb.Table(source(pages)).scan, {}):
                for item in items:
                    batch.put_item(Item=convert(item))
                copied += len(items)
        return copied

    return work


def _pages(scan: Callable[..., Any], arguments: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    start: dict[str, Any] = {}
    while True:
        page = scan(**arguments, **start, ConsistentRead=True)
        yield page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
