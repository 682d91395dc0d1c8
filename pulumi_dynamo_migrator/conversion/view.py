"""The item as a conversion sees it: a dict that can also be read by attribute. Never converts anything."""

from __future__ import annotations

from typing import Any

Wire = dict[str, Any]
"""A wire item ({name: wire value}) or a wire value ({type: payload})."""

_METHODS = frozenset(name for name in dir(dict) if not name.startswith("__"))


class ItemView(dict[str, Any]):
    """A dict whose entries are attributes too: `item.id` is `item["id"]`, `item.address.city` goes deeper.

    An entry named as one of dict's methods (`items`, `keys`, `values`, `get`, `pop`, `copy`, …) is read by
    `item["items"]` only: `item.items()` must stay what every Python reader takes it for.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the item has no attribute {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _METHODS:
            raise AttributeError(f'item.{name} is a method of dict: write item["{name}"]')
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(f"the item has no attribute {name!r}") from None

    def copy(self) -> ItemView:
        """Give a shallow copy that is a view as well."""
        return ItemView(self)

    def __or__(self, other: dict[str, Any]) -> ItemView:  # type: ignore[override]
        """Merge into a new view."""
        merged = ItemView(self)
        merged.update(other)
        return merged
