"""Streams whose records lack the old image, the new one, or both: of a record only the key counts, the item is read.

Only where the target key depends on the source key alone: no old image is needed then to know where the item stood.
What is read may be newer than the record, and that is right: the read is consistent, so it is never older, and whatever
is newer has left records of its own, which come later (the order per source item is kept) and bring it again, or
something newer still. So after an item's last record the successor holds f of what the source holds. A batch that fails
comes again as a whole, and is read again as a whole.

This is no ground for `noting` and `late`: nobody knows what one change did. Such a source is left through a fence only.
It never writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from pulumi_dynamo_migrator.conversion.keys import canonical_key
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig
from pulumi_dynamo_migrator.replicate.ports import SourcePort
from pulumi_dynamo_migrator.replicate.record import Record
from pulumi_dynamo_migrator.replicate.word import Word


class NeedsImagesError(MigratorError):
    """A word that asks for what each change did, and a stream that does not tell."""

    def __init__(self, config: ReplicatorConfig, word: Word) -> None:
        super().__init__(
            f"the replicator of {config.source_table} was told {word.value!r}, and that table's stream ({config.view}) "
            "does not say what a change did",
            now="cut over with a fence, Migration(fence=True): nothing was applied and nothing is lost",
        )


def current_records(
    records: Sequence[Record],
    config: ReplicatorConfig,
    *,
    source: SourcePort,
    lanes: int,
    threads: Callable[[int], Executor],
) -> list[Record]:
    """The last record of each source item, with what the source holds now as its new image."""
    last = {canonical_key(record.keys, config.source_keys): record for record in records}

    def current(record: Record) -> Record:
        return replace(record, old=None, new=source.read(record.keys))

    if lanes < 2 or len(last) < 2:
        return [current(record) for record in last.values()]
    with threads(lanes) as pool:
        return list(pool.map(current, last.values()))
