"""Law: target = f(source) also where Lambda delivers: shards that split, parallel batches, lanes, whole batches again.

The machine is that of `test_replication_converges.py`; the mapping is `tests/fakes/poller.py`, with the settings that
we ask for and with those that somebody may set in their place.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import settings

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from tests.fakes.conversions import ID, ID_PLACE, PER_PLACE, PER_PLACE_JOINED, PLACED_ONLY, config_of, identity, written
from tests.properties.polled import Polled, weather
from tests.properties.test_replication_converges import NAMES, PLACES, Copying, expected
from tests.soaking import Tally, dose


class PolledCopying(Polled, Copying):
    """One migration from the first record to the swept successor, as Lambda drives it."""

    def happenings(self, random: Random) -> list[tuple[int, Callable[[], object]]]:
        """With writers, with the backfill's pages and with the closing."""
        return [
            *super().happenings(random),
            (random.choice((3, 10, 30)), lambda: self.write_one(random)),
            (6, lambda: self._scan_one(random)),
            (6, lambda: self.pages and self.insert(random.randrange(9), random.randint(0, 2), random.random() < 0.3)),
            (1, lambda: random.random() < 0.3 and self.close()),
            (2, self.sweep),
        ]

    def hold(self, random: Random) -> None:
        held = {name: (random.choice(PLACES), random.choice((1, 1, -1))) for name in NAMES if random.random() < 0.7}
        self.before_the_stream(held=held)

    def write_one(self, random: Random) -> None:
        kind = "delete" if random.random() < 0.3 else "put"
        self.write((kind, random.choice(NAMES), random.choice(PLACES), random.choice((1, 1, 1, -1))))

    def _scan_one(self, random: Random) -> None:
        if self.waiting_for is None:
            self.scan(random.choice(NAMES))

    def went_by(self, name: str) -> bool:
        """Whether the last record of the item was noted."""
        return False

    def verify(self) -> None:
        """What an invocation that was given up has written too late is found by verify; nothing else may differ."""
        self.forget_marks_of_the_given_up()
        table, wanted = self.world.target.table, expected(self.config.chain, self.source.table)
        for key in self.astray:
            table.items.pop(key, None)
            if key in wanted:
                table.items[key] = wanted[key]
        for note in [self.world.ledger.items[name] for name in self.world.ledger.sort_keys("failed")]:
            (name,) = json.loads(note["key"]["S"])
            if self.strayed and not self.is_refused(name.removeprefix("S:")):
                self.world.ledger.forget_failure(
                    note["key"]["S"], noted_by=math.inf
                )  # as a cut-over does, which looks at it again


class PolledIdentity(PolledCopying):
    def chain(self) -> Chain:
        return identity()


class PolledSeparate(PolledCopying):
    def chain(self) -> Chain:
        return written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE)


class PolledDistinct(PolledCopying):
    def chain(self) -> Chain:
        return written(PER_PLACE_JOINED, meeting=Meeting.DISTINCT, target=ID)


class PolledByKey(PolledCopying):
    """The stream tells keys only: the items are read, in lanes."""

    def __init__(self) -> None:
        super().__init__()
        self.source.view = "KEYS_ONLY"
        self.config = config_of(self.config.chain, view="KEYS_ONLY")

    def chain(self) -> Chain:
        return written(PLACED_ONLY, meeting=Meeting.SEPARATE)


STEPS = settings(max_examples=dose(40), stateful_step_count=6, deadline=None)

TestPolledIdentity = PolledIdentity.TestCase
TestPolledIdentity.settings = STEPS
TestPolledSeparate = PolledSeparate.TestCase
TestPolledSeparate.settings = STEPS
TestPolledDistinct = PolledDistinct.TestCase
TestPolledDistinct.settings = STEPS
TestPolledByKey = PolledByKey.TestCase
TestPolledByKey.settings = STEPS


@pytest.mark.parametrize("machine", [PolledIdentity, PolledSeparate, PolledDistinct, PolledByKey])
def test_target_is_f_of_source_after_any_storm(machine: type[PolledCopying], tally: Tally) -> None:
    weather(machine, range(dose(200)), tally)
