"""Put items into a table, or show what it holds: `items.py put TABLE FILE.json`, `items.py show TABLE`."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import boto3
from botocore.exceptions import ClientError


def put(table, path):
    items = json.loads(Path(path).read_text(), parse_float=Decimal)
    with boto3.resource("dynamodb").Table(table).batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)
    print(f"{len(items)} items put into {table}")


def show(table):
    for item in boto3.resource("dynamodb").Table(table).scan()["Items"]:
        print(json.dumps(item, default=number, sort_keys=True))


def number(value):
    return int(value) if value == int(value) else float(value)


if __name__ == "__main__":
    commands = {"put": put, "show": show}
    try:
        commands[sys.argv[1]](*sys.argv[2:])
    except ClientError as error:
        sys.exit(f"error: {error}")
