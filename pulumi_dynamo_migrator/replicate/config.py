"""What a replicator is made for: `config.json` in its zip. Data only; nothing in it changes during a migration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.meeting import Meeting

BOTH_IMAGES = "NEW_AND_OLD_IMAGES"
"""The stream view type whose records hold an item both as it was and as it is."""


class OnItemError(Enum):
    """What happens after an item error has been noted in the ledger."""

    STOP = "stop"  # the batch comes again until the item is mended at the source
    SKIP = "skip"  # go on; the successor keeps what it had at that item's keys


@dataclass(frozen=True, slots=True)
class Tables:
    """Where a replicator works. Read without loading the conversion: one that fails to load can still be reported."""

    migration_id: str
    ledger_table: str
    source_table: str
    target_table: str

    @classmethod
    def from_text(cls, text: str) -> Tables:
        """The tables in the text of `config.json`."""
        document = json.loads(text)
        return cls(
            migration_id=document["migration_id"],
            ledger_table=document["ledger_table"],
            source_table=document["source_table"],
            target_table=document["target_table"],
        )


@dataclass(frozen=True, slots=True)
class ReplicatorConfig:
    """One replicator: from where, to where, through which conversion."""

    migration_id: str
    ledger_table: str
    source_table: str
    source_keys: KeySchema
    target_table: str
    target: TargetShape
    chain: Chain
    meeting: Meeting
    ttl_attribute: str | None = None
    function_timeout: float = 60.0
    outcome: float = 60.0
    """Seconds in which a request may still take effect whose answer did not come, or whose invocation has ended."""
    on_item_error: OnItemError = OnItemError.STOP
    view: str = BOTH_IMAGES
    """The view type of the source's stream."""
    since: float = 0.0
    """When the migration began, epoch seconds: the copy has read whatever was written before."""

    @property
    def has_images(self) -> bool:
        """Whether records hold both images; without them only their keys count (`key_view.py`)."""
        return self.view == BOTH_IMAGES

    def tables(self) -> Tables:
        """Where it works."""
        return Tables(self.migration_id, self.ledger_table, self.source_table, self.target_table)

    def to_text(self) -> str:
        """The text of `config.json`: the same configuration always gives the same text."""
        document = {
            "migration_id": self.migration_id,
            "ledger_table": self.ledger_table,
            "source_table": self.source_table,
            "source_keys": self.source_keys.to_json(),
            "target_table": self.target_table,
            "target": self.target.to_json(),
            "chain": self.chain.to_json(),
            "meeting": self.meeting.value,
            "ttl_attribute": self.ttl_attribute,
            "function_timeout": self.function_timeout,
            "outcome": self.outcome,
            "on_item_error": self.on_item_error.value,
            "view": self.view,
            "since": self.since,
        }
        return json.dumps(document, sort_keys=True, ensure_ascii=False, indent=1)

    @classmethod
    def from_text(cls, text: str) -> ReplicatorConfig:
        """The configuration in `text`; loads the conversion."""
        document = json.loads(text)
        return cls(
            migration_id=document["migration_id"],
            ledger_table=document["ledger_table"],
            source_table=document["source_table"],
            source_keys=KeySchema.from_json(document["source_keys"]),
            target_table=document["target_table"],
            target=TargetShape.from_json(document["target"]),
            chain=Chain.from_json(document["chain"]),
            meeting=Meeting(document["meeting"]),
            ttl_attribute=document["ttl_attribute"],
            function_timeout=document["function_timeout"],
            outcome=document.get("outcome", 60.0),
            on_item_error=OnItemError(document["on_item_error"]),
            view=document.get("view", BOTH_IMAGES),
            since=document.get("since", 0.0),
        )
