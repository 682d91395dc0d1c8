"""A program that never stops writing: puts, updates and deletes a few hot keys; a journal of what was acknowledged.

Usage: live_writer.py POINTER JOURNAL. POINTER is a file with the table's name and its form ("old" or "new"), read again
before every write, as a redeployed application would get another table. JOURNAL gets a line for each acknowledged
write: count, form, action, id. It ends when POINTER says `stop`.

Between two writes it waits a little. Without that it writes twice as fast as the emulator hands out records, which it
does for one shard and one batch at a time: the lag grows without end, and no hand-over can ever be.
"""

from __future__ import annotations

import json
import random
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

HOT = 60
PAUSE = 0.02  # seconds; some 40 writes a second


def old_item(name: str, count: int) -> dict[str, Any]:
    """As the application writes it before the migration."""
    return {"id": name, "country": f"C{int(name[1:]) % 5}", "feet": count, "note": f"write {count}"}


def new_item(name: str, count: int) -> dict[str, Any]:
    """As it writes it afterwards."""
    return {**old_item(name, count), "metres": Decimal(count * 3048) / 10000}


def key_of(name: str, form: str) -> dict[str, Any]:
    """The item's key in the old or the new table."""
    return {"id": name} if form == "old" else {"country": f"C{int(name[1:]) % 5}", "id": name}


def write(table: Any, form: str, action: str, *, name: str, count: int) -> bool:
    """One write; False when there was nothing to update."""
    item = old_item(name, count) if form == "old" else new_item(name, count)
    if action == "put":
        table.put_item(Item=item)
    elif action == "delete":
        table.delete_item(Key=key_of(name, form))
    else:
        changed = {field: item[field] for field in ("feet", "note", "metres") if field in item}
        try:
            table.update_item(
                Key=key_of(name, form),
                UpdateExpression="SET " + ", ".join(f"#{field} = :{field}" for field in changed),
                ConditionExpression=Attr("id").exists(),
                ExpressionAttributeNames={f"#{field}": field for field in changed},
                ExpressionAttributeValues={f":{field}": value for field, value in changed.items()},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
    return True


def main(pointer: Path, journal: Path) -> None:
    """Write until told to stop."""
    dynamodb = boto3.resource("dynamodb")
    choice = random.Random(7)
    count = 0
    with journal.open("w") as lines:
        while (where := pointer.read_text().split()) != ["stop"]:
            time.sleep(PAUSE)
            if len(where) != 2:
                continue
            count += 1
            name = f"k{choice.randrange(HOT)}"
            action = choice.choices(("put", "update", "delete"), (5, 3, 2))[0]
            if write(dynamodb.Table(where[0]), where[1], action, name=name, count=count):
                lines.write(json.dumps([count, where[1], action, name]) + "\n")
                lines.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
