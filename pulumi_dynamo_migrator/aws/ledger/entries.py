"""An Entry as an item that a person can read in the console, and back. Pure. What is None is left out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from pulumi_dynamo_migrator.conversion.values import decode, encode
from pulumi_dynamo_migrator.model.history import Entry

Row = dict[str, Any]

ENTRY = "entry"
POINTER = "pointer"

# msgspec (0.22) remembers a dataclass before it has filled in what it knows of its fields: of two threads that convert
# a process's first entries at once, one can end the process with a segmentation fault. One thread imports a module.
_LEARNT = msgspec.json.Decoder(Entry)


def entry_pk(entry_id: str) -> str:
    """The partition of one MigratedTable."""
    return f"table#{entry_id}"


def urn_pk(urn: str) -> str:
    """The partition of a Pulumi resource."""
    return f"urn#{urn}"


def entry_row(entry: Entry) -> Row:
    """The entry's item: native maps and numbers."""
    return encode({**_stated(msgspec.to_builtins(entry)), "pk": entry_pk(entry.id), "sk": ENTRY})


def entry_of(row: Row) -> Entry:
    """The item's entry."""
    plain = {name: value for name, value in decode(row).items() if name not in {"pk", "sk"}}
    return msgspec.convert(plain, Entry)


def pointer_row(urn: str, entry_id: str) -> Row:
    """The item that leads from a URN to its entry."""
    return encode({"pk": urn_pk(urn), "sk": POINTER, "entry": entry_id})


def _stated(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _stated(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_stated(one) for one in value]
    return Decimal(str(value)) if isinstance(value, float) else value  # a time: DynamoDB has no floats
