"""What the replicator writes into its migration's ledger partition, as data and as ledger items.

Pure. The partition is `migration#{id}`; every sort key begins with the kind of the note. Whoever adds a `failed#` item
adds 1 to `counters.failed` in the same transaction, whoever removes one takes 1 off: the replicator looks for them only
while that number is above zero.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from pulumi_dynamo_migrator.conversion.keys import KeySchema, canonical_key
from pulumi_dynamo_migrator.replicate.tombstone import Item

SEEN_FOR = 48 * 3600  # a stream keeps records for 24 h: nothing can come again after twice that
DONE_FOR = 3600  # seconds from when it began: who began earlier has ended 900 s after that (Lambda's quotas)
_LONGEST_KEY = 900  # of the 1024 bytes that a sort key may have
_PLAIN = 100_000  # an image up to this many characters stays readable text
_PART = 350_000  # bytes of compressed image per ledger item, of the 400 KB that an item may have


class SeenState(Enum):
    """How far the record of an eventID has come."""

    DELETING = "deleting"  # its transaction is done, its deletes follow
    DONE = "done"
    CONFLICT = "conflict"


class Side(Enum):
    """Which image of a conflict."""

    OLD = "old"  # the source item before the change
    NEW = "new"  # the source item after it
    HELD = "held"  # what the served table held, when a delete found more than was known


@dataclass(frozen=True, slots=True)
class Seen:
    """Put the eventID, provided it is at `before` (None: not there), and since `stood`, if that is given. `always`:
    whatever is there."""

    event_id: str
    state: SeenState
    at: float
    before: SeenState | None = None
    always: bool = False
    stood: float | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """Refuse where the eventID is noted, however far its record has come; it stays unnoted."""

    event_id: str


@dataclass(frozen=True, slots=True)
class NotOwned:
    """Refuse unless the source item is still free: no conflict has given it to the served table."""

    source_key: str


@dataclass(frozen=True, slots=True)
class Own:
    """From now on the served table owns the source item."""

    source_key: str
    at: float


@dataclass(frozen=True, slots=True)
class ConflictImage:
    """One image of a record that was not applied."""

    event_id: str
    side: Side
    image: Item
    source_key: str
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class CountConflict:
    """One more conflict."""


Note = Unseen | Seen | NotOwned | Own | ConflictImage | CountConflict


@dataclass(frozen=True, slots=True)
class Failure:
    """A source item that cannot be converted or written."""

    source_key: str
    reason: str
    image: Item
    at: float
    by: str = "replicator"


def source_key_text(item: Item, keys: KeySchema) -> str:
    """The canonical source key as one line of text: what a person sees, and what ledger keys are made of."""
    return json.dumps(list(canonical_key(item, keys)), ensure_ascii=False, separators=(",", ":"))


def partition(migration_id: str) -> Item:
    """The partition key of everything the replicator may touch."""
    return {"pk": {"S": f"migration#{migration_id}"}}


def keyed(kind: str, source_key: str) -> str:
    """`owned#…` or `failed#…`: the key's text, or its hash where it is too long for a sort key."""
    text = f"{kind}#{source_key}"
    if len(text.encode()) <= _LONGEST_KEY:
        return text
    return f"{kind}##{hashlib.blake2b(source_key.encode(), digest_size=32).hexdigest()}"


def seen_item(note: Seen) -> tuple[str, Item]:
    """Sort key and attributes of a noted eventID."""
    expires = {"N": str(int(note.at) + SEEN_FOR)}
    return f"seen#{note.event_id}", {"expires": expires, "state": {"S": note.state.value}}


def seen_at(item: Item) -> float:
    """When it was noted: in whole seconds, the next one."""
    return float(item["expires"]["N"]) - SEEN_FOR + 1


def expires(noted: float) -> str:
    """The `expires` of a note of which `seen_at` gives this time."""
    return str(int(noted) + SEEN_FOR - 1)


def own_item(note: Own) -> tuple[str, Item]:
    """Sort key and attributes of an owned source item."""
    return keyed("owned", note.source_key), {"key": {"S": note.source_key}, "at": {"N": _seconds(note.at)}}


def conflict_items(note: ConflictImage) -> tuple[tuple[str, Item], ...]:
    """Sort keys and attributes of an image: one item, or several where it is too large for one."""
    name = f"conflict#{note.event_id}#{note.side.value}"
    about: Item = {"key": {"S": note.source_key}, "why": {"S": note.why}, "at": {"N": _seconds(note.at)}}
    parts = tuple(image_parts(note.image))
    if len(parts) == 1:
        return ((name, {**about, **parts[0]}),)
    count = {"parts": {"N": str(len(parts))}}
    return tuple((name if n == 1 else f"{name}#{n}", {**about, **count, **part}) for n, part in enumerate(parts, 1))


def failure_item(failure: Failure) -> tuple[str, Item]:
    """Sort key and attributes of a failed item. An image too large for one ledger item is left in the source."""
    parts = tuple(image_parts(failure.image))
    return keyed("failed", failure.source_key), {
        "key": {"S": failure.source_key},
        "reason": {"S": failure.reason},
        "at": {"N": _seconds(failure.at)},
        "by": {"S": failure.by},
        **(parts[0] if len(parts) == 1 else {}),
    }


def image_parts(image: Item) -> Iterable[Item]:
    """An image as ledger attributes: readable JSON, or compressed, in as many parts as it needs."""
    text = json.dumps(image, ensure_ascii=False, separators=(",", ":"))
    if len(text) <= _PLAIN:
        yield {"image": {"S": text}}
        return
    packed = zlib.compress(text.encode())
    for start in range(0, len(packed), _PART):
        yield {"image_z": {"B": base64.b64encode(packed[start : start + _PART]).decode()}}


def _seconds(at: float) -> str:
    return f"{at:.3f}"
