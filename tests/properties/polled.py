"""Rules for a replication machine whose stream has shards, read by a mapping that keeps AWS's rules.

Several invocations are under way at a time, each with several lanes, and go on call by call: they die, are given up by
the mapping while they go on (and their batch comes again), succeed without being noted (and their batch comes again).
Shards split, the mapping is switched off and on, time-outs pass. The laws are those of the machine that this is mixed
into.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from pulumi_dynamo_migrator.conversion.chain import key_through
from pulumi_dynamo_migrator.conversion.keys import canonical_key
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig
from pulumi_dynamo_migrator.replicate.invocation import BatchFailedError, run
from pulumi_dynamo_migrator.replicate.ports import Ports
from pulumi_dynamo_migrator.replicate.tombstone import Item
from pulumi_dynamo_migrator.replicate.word import Word
from tests.fakes.poller import Batch, Lane, Mapping, Poller
from tests.fakes.shards import ShardedTable
from tests.fakes.stream import StreamedTable
from tests.fakes.tables import FakeLedger, FakeTarget, FakeWorld, KilledError
from tests.fakes.turns import Turns, Work
from tests.soaking import Tally

LANES = 3  # of one invocation
mappings = st.builds(Mapping, parallelization_factor=st.sampled_from((1, 1, 2)), bisect=st.sampled_from((False, True)))


@dataclass(eq=False)
class Invocation:
    """One that is under way, or was."""

    name: str
    batch: Batch
    work: Work
    target: FakeTarget
    ledger: FakeLedger
    noted: bool = True  # whether its success will be noted for good
    abandoned: bool = False  # the mapping has given it up

    @property
    def registration(self) -> str:
        return f"reg#{self.name}"

    def numbers(self) -> set[int]:
        """The numbers of its records."""
        return {int(record["eventID"][1:]) for record in self.batch.records}


class Polled(RuleBasedStateMachine):
    """A mixin: to be named before the machine that has the laws."""

    world: FakeWorld
    config: ReplicatorConfig
    source: StreamedTable
    invocations: int

    def __init__(self) -> None:
        super().__init__()
        self.turns = Turns()
        self.world.use(self.turns)
        self.source = self.stream = ShardedTable(self.world.source.table, now=self.world.clock.now)
        self.poller = Poller(self.stream)
        self.alive: list[Invocation] = []
        self.dead: list[Invocation] = []  # their registrations stay until their time-out has passed
        self.under_tail: set[int] = set()  # records that `tail` may have handled
        self.astray: set[tuple[str, ...]] = set()  # target keys that an invocation may have written too late
        self.given_up: set[str] = set()  # the first records of their batches
        self.strayed = False  # whether one went on that was overtaken: it may have noted what failed, and wrote nothing

    @initialize(mapping=mappings, split=st.booleans())
    def mapped(self, mapping: Mapping, split: bool) -> None:
        """One mapping for one run."""
        self.poller.mapping = replace(mapping, batch_size=5)
        if split:
            self.stream.split(self.stream.shards[0])

    # Several at a time ---------------------------------------------------------------------------------------------

    @rule(seed=st.integers(0, 2**32), steps=st.integers(1, 150))
    def storm(self, seed: int, steps: int) -> None:
        """Much at a time, drawn from a seed: Hypothesis alone seldom writes stories that long."""
        random = Random(seed)
        weights, happenings = zip(*self.happenings(random), strict=True)
        for happens in random.choices(happenings, weights, k=steps):
            happens()

    def happenings(self, random: Random) -> list[tuple[int, Callable[[], object]]]:
        """What may happen in a storm, and how often. A hook: the machine adds its own."""
        return [
            (20, lambda: self._begin_one(random)),
            (50, lambda: self._go_on_with_one(random)),
            (5, lambda: self._kill_one(random)),
            (5, lambda: self._give_up_one(random)),
            (4, lambda: self._fall_back(random)),
            (6, lambda: self._outlive(random)),
            (1, lambda: self._split(random)),
            (1, self._switch),
            (1, self.pass_time),
        ]

    def _begin_one(self, random: Random) -> None:
        lanes = self.poller.ready()
        if lanes:
            noted = random.random() < 0.7
            self._begin(random.choice(lanes), random.randint(1, 5), noted=noted, seed=random.randrange(1000))

    def _go_on_with_one(self, random: Random) -> None:
        if self.alive:
            self._go_on(random.choice(self.alive), random.choice((1, 1, 2, 3, 5, 9, 99)))

    def _kill_one(self, random: Random) -> None:
        if self.alive:
            self._kill(random.choice(self.alive), after=random.random() < 0.5)

    def _fall_back(self, random: Random) -> None:
        """What was a success and not noted comes again."""
        if self.poller.lanes:
            self.poller.fall_back(random.choice(self.poller.lanes))

    def _give_up_one(self, random: Random) -> None:
        """The mapping does not hear of it any more, and hands the batch over again; it goes on."""
        heard = [one for one in self.alive if not one.abandoned]
        if heard:
            self._give_up(random.choice(heard))

    def _outlive(self, random: Random) -> None:
        """One that was given up goes on only after the batch has come again, and what follows it too."""
        self._begin_one(random)
        heard = [one for one in self.alive if not one.abandoned]
        if heard:
            one = random.choice(heard)
            self._go_on(one, random.randint(2, 9))
            if one in self.alive:
                self._give_up(one)
                for _ in range(random.randint(1, 4)):
                    self.write_one(random)
                    self._deliver(5)
                self._go_on(one, random.choice((1, 2, 99)))

    def _split(self, random: Random) -> None:
        shards = self.stream.open_shards()
        if len(shards) < 4:
            self.stream.split(random.choice(shards))

    def _switch(self) -> None:
        self.poller.enabled = not self.poller.enabled

    def pass_time(self) -> None:
        """A function time-out: who is under way is ended, the mapping notes what it knows, the dead are forgotten."""
        for one in list(self.alive):
            self._kill(one, after=False)
        self.world.clock.sleep(2 * self.config.function_timeout + self.config.outcome)
        for one in self.dead:
            self.world.ledger.items.pop(one.registration, None)
        self.dead.clear()
        self.poller.note_all()
        self._sync()

    # One at a time, as the machine's own rules ask for it ------------------------------------------------------------

    def _deliver(
        self,
        size: int,
        *,
        acknowledged: bool = True,
        dies: tuple[int, bool] | None = None,
        before: dict[int, list[Callable[[], None]]] | None = None,
    ) -> bool:
        lane = self._next_lane()
        if lane is None:
            return True
        one = self._begin(lane, size, noted=acknowledged, seed=0)
        for moment, meanwhile in sorted((before or {}).items()):
            self._go_on(one, moment - 1 - one.work.calls)
            for happens in meanwhile:
                happens()
        if dies:
            moment, after = dies
            self._go_on(one, moment - 1 - one.work.calls)
            if one in self.alive:
                self._kill(one, after=after)
        self._go_on(one, 10_000)
        if not acknowledged:
            self.poller.fall_back(lane)
        self._sync()
        return one.work.error is None

    def _next_lane(self) -> Lane | None:
        self.poller.enabled = True
        while not (ready := self.poller.ready()):
            heard = [one for one in self.alive if not one.abandoned]
            if not heard:
                self.poller.note_all()
                self._sync()
                if not self.poller.ready():
                    return None
            else:
                self._go_on(heard[0], 10_000)
        return ready[0]

    def come_to_rest(self) -> None:
        """Whoever is under way ends, in turns."""
        while self.alive:
            for one in list(self.alive):
                self._go_on(one, 1)
        self.pass_time()

    # How it is done ------------------------------------------------------------------------------------------------

    def _begin(self, lane: Lane, size: int, *, noted: bool, seed: int) -> Invocation:
        batch = self.poller.take(lane, size)
        self.invocations += 1
        self.world.clock.sleep(0.001)
        self._sync()
        name = f"i{self.invocations}"
        target, ledger = self.world.apart()
        ports = Ports(self.world.source, target, ledger)

        def do(work: Work) -> Any:
            return run(
                batch.event,
                lambda: self.config,
                ports=ports,
                clock=self.world.clock,
                invocation=name,
                lanes=LANES,
                threads=work.executor,
            )

        one = Invocation(name, batch, self.turns.start(do, seed=seed), target, ledger, noted)
        self.alive.append(one)
        return one

    def _go_on(self, one: Invocation, go_on: int) -> None:
        if one not in self.alive or go_on <= 0:
            return
        if one.abandoned:
            self._stray(one)
        ended = one.work.go_on(go_on)
        self._heed(one)
        if ended:
            self.alive.remove(one)
            self._ended(one)
        self._sync()

    def _ended(self, one: Invocation) -> None:
        error = one.work.error
        if error is not None and not isinstance(error, BatchFailedError):
            raise error
        assert error is not None or one.work.value is None, "Lambda would take the answer for a list of failures"
        if one.abandoned:
            return
        if error is None:
            self.poller.succeeded(one.batch, noted=one.noted)
        else:
            self.poller.failed(one.batch)

    def _kill(self, one: Invocation, *, after: bool) -> None:
        if one.abandoned:
            self._stray(one)
        one.work.kill(after=after)
        self._heed(one)
        self.alive.remove(one)
        if one.work.error is None or not isinstance(one.work.error, KilledError):
            self._ended(one)
        else:
            self.dead.append(one)
            self.killed(one)
            if not one.abandoned:
                self.poller.failed(one.batch)
        self._sync()

    def _give_up(self, one: Invocation) -> None:
        self.poller.failed(one.batch)
        one.abandoned = True
        self.given_up.add(one.batch.records[0]["eventID"])

    def forget_marks_of_the_given_up(self) -> None:
        """One that was given up, and fails once its records have gone over in a batch of other bounds, leaves a mark
        that nobody takes away (the fine print). Where its own batch came again, there is none.
        """
        ledger = self.world.ledger
        ledger.clear_failing([first for first in sorted(self.given_up) if f"done#{first}" not in ledger.items])

    def _heed(self, one: Invocation) -> None:
        if one.ledger.told in (Word.OPEN, Word.TAIL):
            self.under_tail |= one.numbers()
        elif one.ledger.told is Word.NOTING and one.numbers() & self.under_tail:
            self._stray(one)  # what `tail` applied comes again, and what came after it may have been noted already

    def _stray(self, one: Invocation) -> None:
        """It may write what was overtaken since."""
        self.strayed = True
        for record in one.batch.records:
            change = record["dynamodb"]
            images = [change[image] for image in ("OldImage", "NewImage") if image in change]
            made = [item for image in images for item in self._made_of(image)]
            if not self.config.has_images:
                made.append(key_through(self.config.chain, change["Keys"]))
            self.astray |= {canonical_key(item, self.config.target.keys) for item in made}

    def _made_of(self, image: Item) -> list[Item]:
        try:
            return self.config.chain.apply(image)
        except ItemError:
            return []

    def _sync(self) -> None:
        unnoted = {int(record["eventID"][1:]) for record in self.poller.unnoted()}
        self.source.acknowledged = len(self.source.records) - len(unnoted)
        self.synced(unnoted)

    def hold(self, random: Random) -> None:
        """A hook: what both tables hold before it begins."""
        raise NotImplementedError

    def write_one(self, random: Random) -> None:
        """A hook: somebody writes to the source."""
        raise NotImplementedError

    def killed(self, one: Invocation) -> None:
        """A hook: the invocation has just died."""

    def synced(self, unnoted: set[int]) -> None:
        """A hook: something has happened; these records may come (again)."""

    def finish(self, seed: int) -> None:
        """The law, with the seed in the error."""
        try:
            self.teardown()
        except AssertionError as error:
            raise AssertionError(f"{type(self).__name__}, seed {seed}") from error

    def teardown(self) -> None:
        """The machine's own law, once everybody has come to rest."""
        try:
            self.come_to_rest()
            super().teardown()
        finally:
            for one in self.alive:
                one.work.kill()


def weather(machine: type[Polled], seeds: range, tally: Tally) -> None:
    """A long storm from each seed, and the machine's law; an error names the seed, which gives the same again."""
    for seed in seeds:
        random, one = Random(seed), machine()
        try:
            one.hold(random)
            mapping = Mapping(parallelization_factor=random.choice((1, 1, 2)), bisect=random.random() < 0.5)
            one.mapped(mapping=mapping, split=random.random() < 0.2)
            one.storm(seed=seed, steps=150)
        except AssertionError as error:
            raise AssertionError(f"{machine.__name__}, seed {seed}") from error
        finally:
            one.finish(seed)
        tally.add("invocations under way at a time with others", one.invocations)
