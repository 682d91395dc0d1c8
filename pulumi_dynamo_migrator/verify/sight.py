"""One look at some suspects: source, target, source again, each a consistent batch read. Reads only, judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi_dynamo_migrator.conversion.canonical import digest
from pulumi_dynamo_migrator.conversion.keys import KeySchema, canonical_key
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.items import Items, WireItem
from pulumi_dynamo_migrator.replicate.tombstone import is_tombstone
from pulumi_dynamo_migrator.verify.digest import CanonicalKey
from pulumi_dynamo_migrator.verify.sides import Sides
from pulumi_dynamo_migrator.verify.suspect import Sight, Suspect

Images = Mapping[CanonicalKey, WireItem]


class Looker:
    """Reads what stands at suspects' keys. Safe to share between threads."""

    def __init__(self, sides: Sides, *, items: Items) -> None:
        self._sides = sides
        self._job = sides.job
        self._chain = sides.job.chain
        self._items = items

    def look(self, suspects: Sequence[Suspect]) -> list[Sight]:
        """What each suspect looks like now."""
        source, target = self._chain.source_keys, self._chain.target.keys
        origins = {key: origin for suspect in suspects for key, origin in suspect.origins.items()}
        before = self._read(self._job.source, list(origins.values()), keys=source)
        held = self._read(self._job.target, [suspect.target_key for suspect in suspects], keys=target)
        after = self._read(self._job.source, list(origins.values()), keys=source)
        return [self._sight(one, before=before, target=held.get(one.key), after=after) for one in suspects]

    def _read(self, table: str, wanted: Sequence[WireItem], *, keys: KeySchema) -> Images:
        return {canonical_key(item, keys): item for item in self._items.get_items(table, wanted)}

    def _sight(self, suspect: Suspect, *, before: Images, target: WireItem | None, after: Images) -> Sight:
        given: list[WireItem] = []
        live: list[WireItem] = []
        for origin in suspect.origins:
            image = after.get(origin)
            item = None if image is None else self._given(image, suspect.key)
            if image is None or item is None:
                continue
            given.append(item)
            if not (self._sides.expired(image) or self._sides.expired(item)):
                live.append(item)
        gone = target is None or is_tombstone(target) or self._sides.expired(target)
        return Sight(
            before=tuple(_digest(before.get(origin)) for origin in suspect.origins),
            after=tuple(_digest(after.get(origin)) for origin in suspect.origins),
            given=tuple(given),
            live=tuple(live),
            target=target,
            held=None if gone else target,
        )

    def _given(self, image: WireItem, key: CanonicalKey) -> WireItem | None:
        try:
            made = self._chain.apply(image)
        except ItemError:
            return None
        return next((one for one in made if canonical_key(one, self._chain.target.keys) == key), None)


def _digest(item: WireItem | None) -> bytes | None:
    return None if item is None else digest(item)
