"""One key that differed, and what to think of it after each look. Pure.

A difference is wrong only when it outlasts `settle` while its source stands still: until then the replicator may be on
its way. Absence looks alike at every look, however often an item came and went in between: an extra key is wrong only
when its target's item stands still as well, or when its source was never seen to move. Where the source cannot be told
from the key, it is sought in a whole pass first, and the same target item must be there long after that pass.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from pulumi_dynamo_migrator.conversion.canonical import digest, equal
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.verify.digest import CanonicalKey
from pulumi_dynamo_migrator.verify.report import Kind

LEAST_LOOKS = 2
MOST_SEARCHES = 2
MOST_MOVES = 8  # a source seen to change so often is in motion; waiting longer would tell nothing new


class Verdict(Enum):
    """What to do with a suspect."""

    CLEARED = auto()
    WAIT = auto()
    SEARCH = auto()
    MOVING = auto()
    WRONG = auto()


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at one key: the sources' images before and after the target was read, and what they give there.

    `live` are those of `given` that have not expired; `held` is the target's item if it has not expired and is no
    tombstone.
    """

    before: tuple[bytes | None, ...]
    after: tuple[bytes | None, ...]
    given: tuple[WireItem, ...]
    live: tuple[WireItem, ...]
    target: WireItem | None
    held: WireItem | None


@dataclass(slots=True)
class Suspect:
    """What is known of one key. `since`: when it began to stand as it stands; `until`: when looking ends;
    `source_moved`: whether its source was seen to change.
    """

    key: CanonicalKey
    target_key: WireItem
    origins: dict[CanonicalKey, WireItem]
    born: float
    until: float
    since: float = 0.0
    stand: tuple[Hashable, Hashable] | None = None
    source_moved: bool = False
    looks: int = 0
    moves: int = 0
    searched: tuple[float, float] | None = None
    searches: int = 0
    repairs: int = 0
    last: Sight | None = field(default=None)

    def note(self, sight: Sight, *, now: float) -> None:
        """Take in one look."""
        stand = _stand(sight)
        self.source_moved |= sight.before != sight.after or (self.stand is not None and stand[0] != self.stand[0])
        if sight.before != sight.after or stand != self.stand:
            self.since = now
            self.moves += self.looks > 0
        self.stand = stand
        self.last = sight
        self.looks += 1

    def begin_again(self, *, now: float, patience: float) -> None:
        """Forget what was seen: something was done to the key, or more sources are known."""
        self.stand = None
        self.source_moved = False
        self.looks = 0
        self.moves = 0
        self.since = now
        self.until = now + patience


def kind_of(sight: Sight, meeting: Meeting) -> Kind | None:
    """How the target's item is wrong; None when it is right."""
    if len(sight.live) > 1 and meeting is not Meeting.MAY_MEET:
        return Kind.COLLISION
    if not sight.live and sight.held is None:
        return None
    target = sight.target
    if target is not None and any(equal(one, target) for one in sight.live or sight.given):
        return None
    if sight.held is None:
        return Kind.MISSING
    return Kind.DIFFERING if sight.live else Kind.EXTRA


def is_kept_aside(suspect: Suspect, aside: Mapping[CanonicalKey, bytes | None]) -> bool:
    """Whether every source item that gives this key is one that could not be moved, and has not changed since."""
    seen = suspect.last.after if suspect.last is not None else ()
    return all(
        image is None or (origin in aside and aside[origin] in (None, image))
        for origin, image in zip(suspect.origins, seen, strict=True)
    )


def judge(suspect: Suspect, kind: Kind | None, *, now: float, settle: float, meeting: Meeting) -> Verdict:
    """What to do with a suspect after the look it has just noted."""
    sight = suspect.last
    if kind is None and sight is not None and sight.before == sight.after:
        return Verdict.CLEARED
    if kind is None or now - suspect.since < settle or suspect.looks < LEAST_LOOKS:
        if now <= suspect.until and (suspect.moves < MOST_MOVES or not _told_to_move(suspect, meeting)):
            return Verdict.WAIT
        return Verdict.MOVING if kind is None or _told_to_move(suspect, meeting) else Verdict.WRONG
    if meeting is Meeting.SEPARATE or kind in (Kind.MISSING, Kind.COLLISION):
        return Verdict.WRONG
    return _judge_unknown_source(suspect, now=now, settle=settle)


def _told_to_move(suspect: Suspect, meeting: Meeting) -> bool:
    """Whether what moves may be in motion: its source was seen to change, or cannot be watched."""
    return suspect.source_moved or meeting is not Meeting.SEPARATE


def _judge_unknown_source(suspect: Suspect, *, now: float, settle: float) -> Verdict:
    if suspect.searched is None or suspect.searched[0] < suspect.since:
        return Verdict.SEARCH if suspect.searches < MOST_SEARCHES else Verdict.MOVING
    return Verdict.WRONG if now - suspect.searched[1] >= settle else Verdict.WAIT


def differing_names(sight: Sight) -> tuple[str, ...]:
    """The attributes in which the target's item differs from what its source gives."""
    if sight.held is None or not sight.live:
        return ()
    wanted, held = sight.live[0], sight.held
    names = sorted(wanted.keys() | held.keys())
    return tuple(
        name for name in names if name not in wanted or name not in held or not equal(wanted[name], held[name])
    )


def _stand(sight: Sight) -> tuple[Hashable, Hashable]:
    # A source that is absent cannot be watched: then the target's item must stand still.
    return sight.after, None if sight.live or sight.target is None else digest(sight.target)
