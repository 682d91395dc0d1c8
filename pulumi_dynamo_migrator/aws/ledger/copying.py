"""The backfill's side of a migration's partition: how far each segment has come, and items that could not be copied."""

from __future__ import annotations

import msgspec

from pulumi_dynamo_migrator.aws.ledger.partition import MigrationLedger
from pulumi_dynamo_migrator.aws.ledger.rows import Row, Rows
from pulumi_dynamo_migrator.backfill.segments import Segment, Tally
from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.conversion.values import decode, encode
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.replicate.notes import Failure, source_key_text


class CopyLedger:
    """A `BackfillLedger` over the control table. Safe to share between threads."""

    def __init__(self, rows: Rows, migration: MigrationLedger, *, keys: KeySchema, clock: Clock) -> None:
        self._rows = rows
        self._migration = migration
        self._keys = keys
        self._clock = clock

    def load_segments(self) -> list[Segment]:
        """The segments that were saved."""
        return [segment_of(row) for row in self._rows.query(self._migration.pk, "segment#")]

    def save_segment(self, segment: Segment) -> None:
        """Keep one segment's progress; when this returns it is durable."""
        self._rows.put(segment_row(self._migration.pk, segment))

    def record_failed(self, key: WireItem, reason: str, image: WireItem) -> None:
        """Keep an item that could not be copied."""
        at = self._clock.now()
        name = source_key_text(dict(key), self._keys)
        self._migration.record_failed(Failure(name, reason=reason, image=dict(image), at=at, by="backfill"))


def segment_row(pk: str, segment: Segment) -> Row:
    """One ledger item for one segment; the cursor stays the JSON that DynamoDB gave."""
    cursor = {} if segment.cursor is None else {"cursor": segment.cursor.decode()}
    about = {"pk": pk, "sk": f"segment#{segment.number:04}", "total": segment.total, "done": segment.done}
    return encode({**about, **cursor, **msgspec.structs.asdict(segment.tally)})


def segment_of(row: Row) -> Segment:
    """The item's segment."""
    plain = decode(row)
    cursor = plain.get("cursor")
    return Segment(
        number=int(plain["sk"].removeprefix("segment#")),
        total=plain["total"],
        cursor=None if cursor is None else cursor.encode(),
        done=plain["done"],
        tally=Tally(**{name: plain.get(name, 0) for name in Tally.__struct_fields__}),
    )
