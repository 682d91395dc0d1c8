"""Looking at suspects one by one until each is cleared, wrong, or plainly in motion; repairs on request.

A repair is conditional on everything that was seen at the target, and is never trusted: its key goes back on the list
and must be found equal by a look that began after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pulumi_dynamo_migrator.backfill.meter import Meter
from pulumi_dynamo_migrator.backfill.pool import Stopping, run_all
from pulumi_dynamo_migrator.conversion.keys import canonical_key
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.items import READ_BATCH, Items
from pulumi_dynamo_migrator.ports import Clock
from pulumi_dynamo_migrator.verify.digest import CanonicalKey
from pulumi_dynamo_migrator.verify.look import Trace, origins_of
from pulumi_dynamo_migrator.verify.report import SHOWN, Kind, Mismatch, Verdicts, key_text
from pulumi_dynamo_migrator.verify.sides import Sides
from pulumi_dynamo_migrator.verify.sight import Looker
from pulumi_dynamo_migrator.verify.suspect import (
    Sight,
    Suspect,
    Verdict,
    differing_names,
    is_kept_aside,
    judge,
    kind_of,
)

MOST_REPAIRS = 3
# A key whose source moves within `settle` of the last look is in motion; one that stood still has been judged by then.
PATIENCE = 2.0
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0


@dataclass(slots=True)
class _Outcome:
    wrong: list[Mismatch]
    moving: list[CanonicalKey]
    wrong_count: int = 0
    moving_count: int = 0
    repaired: int = 0
    collisions: int = 0
    aside: int = 0
    lag: float = 0.0

    def verdicts(self) -> Verdicts:
        return Verdicts(
            mismatches=tuple(self.wrong),
            mismatch_count=self.wrong_count,
            in_motion=tuple(map(key_text, self.moving)),
            in_motion_count=self.moving_count,
            repaired=self.repaired,
            collisions=self.collisions,
            aside=self.aside,
            lag=self.lag,
        )


class Settlement:
    """The looks at the suspects of one portion."""

    def __init__(self, sides: Sides, *, items: Items, clock: Clock, meter: Meter) -> None:
        self._sides = sides
        self._job = sides.job
        self._chain = sides.job.chain
        self._meeting = sides.job.chain.meeting
        self._items = items
        self._clock = clock
        self._meter = meter
        self._looker = Looker(sides, items=items)
        self._outcome = _Outcome([], [])

    def run(self, traces: Mapping[CanonicalKey, Trace]) -> Verdicts:
        """Look until every suspect is settled."""
        suspects = [self._suspect(key, trace) for key, trace in traces.items()]
        pause = min(FIRST_PAUSE, self._job.settle / 20)
        while suspects:
            suspects = self._round(suspects)
            if suspects:
                self._clock.sleep(pause)
                pause = min(pause * 1.5, self._job.settle / 4, LONGEST_PAUSE)
        return self._outcome.verdicts()

    def _suspect(self, key: CanonicalKey, trace: Trace) -> Suspect:
        source = self._chain.source_keys
        origins = list(trace.origins)
        if not origins and self._meeting is Meeting.SEPARATE:
            origins = [{name: trace.key[name] for name in source.names}]
        by_key = {canonical_key(origin, source): origin for origin in origins}
        now = self._clock.monotonic()
        return Suspect(key, trace.key, by_key, born=now, until=now + PATIENCE * self._job.settle)

    def _round(self, suspects: Sequence[Suspect]) -> list[Suspect]:
        """Look at each once, a few at a time (what is seen of an item is as large as it); those to look at again."""
        again: list[Suspect] = []
        sought: list[Suspect] = []
        few = READ_BATCH * self._job.workers
        for start in range(0, len(suspects), few):
            part = suspects[start : start + few]
            self._look(part)
            for suspect in part:
                self._sort(suspect, again=again, sought=sought)
                suspect.last = None
        if sought:
            self._search(sought)
        return again + sought

    def _look(self, suspects: Sequence[Suspect]) -> None:
        batches = [suspects[start : start + READ_BATCH] for start in range(0, len(suspects), READ_BATCH)]
        run_all([partial(self._look_at, batch) for batch in batches], workers=self._job.workers)

    def _look_at(self, suspects: Sequence[Suspect], stopping: Stopping) -> None:
        if stopping():
            return
        for suspect, sight in zip(suspects, self._looker.look(suspects), strict=True):
            suspect.note(sight, now=self._clock.monotonic())
        self._meter.add(len(suspects))

    def _sort(self, suspect: Suspect, *, again: list[Suspect], sought: list[Suspect]) -> None:
        """Settle it if it can be settled."""
        verdict, kind = self._judge(suspect)
        if verdict is Verdict.SEARCH:
            sought.append(suspect)
        elif verdict is Verdict.WAIT or (verdict is Verdict.WRONG and kind and self._repair(suspect, kind)):
            again.append(suspect)
        else:
            self._settle(suspect, verdict=verdict, kind=kind)

    def _judge(self, suspect: Suspect) -> tuple[Verdict, Kind | None]:
        assert suspect.last is not None
        kind = kind_of(suspect.last, self._meeting)
        if kind is Kind.MISSING and is_kept_aside(suspect, self._job.aside):
            kind = None
        now = self._clock.monotonic()
        return judge(suspect, kind, now=now, settle=self._job.settle, meeting=self._meeting), kind

    def _settle(self, suspect: Suspect, *, verdict: Verdict, kind: Kind | None) -> None:
        outcome, sight = self._outcome, suspect.last
        assert sight is not None
        if verdict is Verdict.WRONG and kind is not None:
            outcome.wrong_count += 1
            if len(outcome.wrong) < SHOWN:
                outcome.wrong.append(Mismatch(kind, suspect.key, differing_names(sight)))
        elif verdict is Verdict.MOVING:
            outcome.moving_count += 1
            if len(outcome.moving) < SHOWN:
                outcome.moving.append(suspect.key)
        else:
            outcome.collisions += len(sight.live) > 1
            outcome.aside += sight.held is None and bool(sight.live)
            outcome.lag = max(outcome.lag, self._clock.monotonic() - suspect.born)

    def _search(self, suspects: Sequence[Suspect]) -> None:
        """Seek the sources of keys from which the source cannot be told, in one pass over the source."""
        began = self._clock.monotonic()
        found = origins_of(self._sides, {suspect.key for suspect in suspects}, meter=self._meter)
        ended = self._clock.monotonic()
        for suspect in suspects:
            suspect.searches += 1
            suspect.searched = (began, ended)
            known = {canonical_key(origin, self._chain.source_keys): origin for origin in found.get(suspect.key, [])}
            if known.keys() - suspect.origins.keys():
                suspect.origins = {**suspect.origins, **known}
                suspect.begin_again(now=ended, patience=PATIENCE * self._job.settle)
            else:
                suspect.until = ended + PATIENCE * self._job.settle

    def _repair(self, suspect: Suspect, kind: Kind) -> bool:
        """Try to put a key right; whether it is to be looked at again."""
        if not self._job.repair or kind is Kind.COLLISION or suspect.repairs >= MOST_REPAIRS:
            return False
        sight = suspect.last
        assert sight is not None
        self._outcome.repaired += self._put_right(suspect, sight)
        suspect.repairs += 1
        suspect.searched = None
        suspect.searches = 0
        suspect.begin_again(now=self._clock.monotonic(), patience=PATIENCE * self._job.settle)
        return True

    def _put_right(self, suspect: Suspect, sight: Sight) -> bool:
        table, hash_key = self._job.target, self._chain.target.keys.names[0]
        if sight.live:
            return self._items.put_if_equal(table, sight.live[0], seen=sight.target, hash_key=hash_key)
        assert sight.target is not None  # an extra key has an item
        return self._items.delete_if_equal(table, suspect.target_key, seen=sight.target)
