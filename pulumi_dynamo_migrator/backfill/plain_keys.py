"""The keys of a whole page in one go, where every one of them is plain. Never judges one that is not.

Plain is what needs no second look: there, of the right type, text of a length that no limit forbids, a whole number in
DynamoDB's own spelling. One key or index key that is not makes the page one to be looked at item by item.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec

from pulumi_dynamo_migrator.conversion.keys import KeySchema, TargetShape
from pulumi_dynamo_migrator.conversion.numbers import MAX_DIGITS
from pulumi_dynamo_migrator.conversion.validate import MAX_RANGE_BYTES
from pulumi_dynamo_migrator.items import Page, RawItem

CanonicalKey = tuple[str, ...]

_WHOLE_NUMBER = r"^(0|-?[1-9][0-9]*)\Z"
_PLAIN: dict[str, Any] = {
    # A character has at most four bytes, and a range key's limit is the lowest.
    "S": Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_RANGE_BYTES // 4)],
    "N": Annotated[str, msgspec.Meta(max_length=MAX_DIGITS, pattern=_WHOLE_NUMBER)],
}
_VALUES = {
    kind: msgspec.defstruct(f"_{kind}", [("text", text)], rename={"text": kind}) for kind, text in _PLAIN.items()
}

_COLUMNS = {kind: msgspec.json.Decoder(list[value]).decode for kind, value in _VALUES.items()}  # type: ignore[valid-type]

Reader = Callable[[bytes], list[CanonicalKey]]


class PlainKeys:
    """Reads keys for one target table; `held`: those of the one that the items come from, if they come as they are."""

    def __init__(self, shape: TargetShape, *, held: KeySchema | None = None) -> None:
        types = _types(shape)
        self._keys = shape.keys.names
        self._asked = _types(shape, but=_kept(shape, held) if held else frozenset())
        self._reader = None if types is None else _reader(shape.keys, types)

    def fit(self, items: Sequence[RawItem]) -> bool:
        """Whether all keys and index keys of these items are plain, or were kept; for who needs to know no more."""
        if self._asked is None:
            return False
        try:
            for name, kind in self._asked.items():
                required = name in self._keys  # an index is sparse: an item without its attribute is not in it
                values = [item[name] for item in items if required or name in item]
                _COLUMNS[kind](b"[%b]" % b",".join(values))
        except (KeyError, msgspec.DecodeError):
            return False
        return True

    def of(self, page: Page) -> list[CanonicalKey] | None:
        """The canonical keys of all items, in their order; None when the items are to be looked at one by one."""
        if self._reader is None:
            return None
        try:
            return self._reader(page.text)
        except msgspec.DecodeError:  # a missing key, another type, or not plain
            return None


def _kept(shape: TargetShape, held: KeySchema) -> frozenset[str]:
    """What DynamoDB asks of these attributes it has asked already: they have the same place in the other table's key.

    An index may ask for something else: another type, or a shorter text.
    """
    theirs = enumerate(zip(held.names, held.types, strict=True))
    ours = enumerate(zip(shape.keys.names, shape.keys.types, strict=True))
    same = frozenset(name for _, (name, _) in set(theirs) & set(ours))
    return same.difference(*(index.names for index in shape.indexes))


def _types(shape: TargetShape, *, but: frozenset[str] = frozenset()) -> dict[str, str] | None:
    """Each attribute that is looked at with its type; None where one is of a kind that is never plain here."""
    types = dict(zip(shape.keys.names, shape.keys.types, strict=True))
    for index in shape.indexes:
        for name, kind in zip(index.names, index.types, strict=True):
            if types.setdefault(name, kind) != kind:
                return None
    types = {name: kind for name, kind in types.items() if name not in but}
    readable = all(name.isprintable() and not {'"', "\\"} & set(name) for name in types)  # msgspec takes no other
    return types if readable and set(types.values()) <= _VALUES.keys() else None


def _reader(keys: KeySchema, types: dict[str, str]) -> Reader:
    fields: list[Any] = []
    for n, (name, kind) in enumerate(types.items()):
        # The keys come first. An index is sparse: an item without its attribute is not in it.
        required = name in keys.names
        fields.append(
            (f"a{n}", _VALUES[kind]) if required else (f"a{n}", _VALUES[kind] | msgspec.UnsetType, msgspec.UNSET)
        )
    rename = {f"a{n}": name for n, name in enumerate(types)}
    item: Any = msgspec.defstruct("_Item", fields, rename=rename, gc=False)
    page: Any = msgspec.defstruct("_Page", [("items", list[item], [])], rename="pascal")
    decode = msgspec.json.Decoder(page).decode
    if len(keys.types) == 1:
        (only,) = keys.types
        return lambda text: [(f"{only}:{one.a0.text}",) for one in decode(text).items]
    first, second = keys.types
    return lambda text: [(f"{first}:{one.a0.text}", f"{second}:{one.a1.text}") for one in decode(text).items]
