"""Law: whatever the order of user writes, stream delivery, backfill pages, crashes and the closing, target = f(source).

The replicator's real code runs on ports in memory. What happens "meanwhile" happens between two calls of a running
invocation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import canonical_key
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.replicate.config import OnItemError
from pulumi_dynamo_migrator.replicate.invocation import BatchFailedError, run
from pulumi_dynamo_migrator.replicate.tombstone import Item, is_tombstone
from pulumi_dynamo_migrator.replicate.word import Word
from tests.fakes.conversions import ID, ID_PLACE, PER_PLACE, PER_PLACE_JOINED, config_of, identity, written
from tests.fakes.stream import StreamedTable
from tests.fakes.tables import FakeWorld, KilledError, Memory
from tests.soaking import dose

NAMES = ("1", "2")
PLACES = ((), ("x",), ("y",), ("x", "y"))

names = st.sampled_from(NAMES)
puts = st.tuples(st.just("put"), names, st.sampled_from(PLACES), st.sampled_from((1, 1, 1, -1)))
deletes = st.tuples(st.just("delete"), names, st.just(()), st.just(0))
writes = st.one_of(puts, puts, deletes)
moments = st.integers(1, 12)


@dataclass
class Page:
    """Items that the backfill has read and not yet inserted."""

    name: str
    items: list[Item]


class Copying(RuleBasedStateMachine):
    """One migration from the first record to the swept successor."""

    on_item_error = OnItemError.STOP
    passes = False
    """Whether items that cannot be converted are passed over."""

    def chain(self) -> Chain:
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        chain = self.chain()
        self.config = config_of(chain, on_item_error=self.on_item_error)
        self.world = FakeWorld.make(chain.source_keys, chain.target.keys, word=Word.OPEN)
        self.source = StreamedTable(self.world.source.table)
        self.version = 0
        self.invocations = 0
        self.pages: list[Page] = []
        self.copied: set[str] = set()
        self.waiting_for: set[str] | None = None  # registrations that were there when the word became `tail`
        self.swept = False

    @initialize(held=st.dictionaries(names, st.tuples(st.sampled_from(PLACES), st.sampled_from((1, 1, -1)))))
    def before_the_stream(self, held: dict[str, tuple[tuple[str, ...], int]]) -> None:
        """What was there before there were records."""
        for name, (places, sign) in held.items():
            self.version += 1
            self.source.table.put(item_of(name, places, sign * self.version))

    # What users do -----------------------------------------------------------------------------------------------

    @rule(write=writes)
    def write(self, write: tuple[str, str, tuple[str, ...], int]) -> None:
        kind, name, places, sign = write
        if kind == "delete":
            self.source.delete({"id": {"S": name}})
            return
        self.version += 1
        self.source.put(item_of(name, places, sign * self.version))

    # What the backfill does ----------------------------------------------------------------------------------------

    @precondition(lambda self: self.waiting_for is None)
    @rule(name=names)
    def scan(self, name: str) -> None:
        held = self.source.table.get({"id": {"S": name}})
        try:
            self.pages.append(Page(name, self.config.chain.apply(held) if held else []))
        except ItemError:
            self.copied.add(name)  # noted as failed; whoever mends it leaves a record

    @precondition(lambda self: self.pages)
    @rule(number=st.integers(0, 9), upto=st.integers(0, 2), again=st.booleans())
    def insert(self, number: int, upto: int, again: bool) -> None:
        """Insert a page or its beginning, and forget it or not."""
        if self.waiting_for is not None or not self.pages:
            return
        page = self.pages[number % len(self.pages)]
        for item in page.items[:upto]:
            if self.world.target.table.get(item) is None:
                self.world.target.table.put(item)
        if upto >= len(page.items):
            self.copied.add(page.name)
        if not again:
            self.pages.remove(page)

    @precondition(lambda self: self.waiting_for is None)
    @rule(name=names, write=writes)
    def be_overtaken(self, name: str, write: tuple[str, str, tuple[str, ...], int]) -> None:
        """A page is read, its item is written to, the record arrives, and then the page is inserted."""
        pages = len(self.pages)
        self.scan(name)
        kind, _, places, sign = write
        self.write((kind, name, places, sign))
        if self._deliver(9) and len(self.pages) > pages:
            self.insert(pages, 2, again=False)

    def finish_copying(self) -> None:
        """All that is left, at once."""
        self.pages.clear()
        for name in [name for name in NAMES if name not in self.copied and self.waiting_for is None]:
            self.scan(name)
            self.insert(len(self.pages) - 1, 9, again=False)

    # What the stream and Lambda do -----------------------------------------------------------------------------------

    @precondition(lambda self: self.source.acknowledged < len(self.source.records))
    @rule(
        size=st.integers(1, 5),
        acknowledged=st.booleans(),
        dies=st.one_of(st.none(), st.none(), st.tuples(moments, st.booleans())),
        meanwhile=st.lists(st.tuples(moments, st.one_of(writes, st.sampled_from(("close", "finish")))), max_size=3),
    )
    def deliver(
        self,
        size: int,
        acknowledged: bool,
        dies: tuple[int, bool] | None,
        meanwhile: list[tuple[int, object]],
    ) -> None:
        before: dict[int, list[Callable[[], None]]] = {}
        for moment, what in meanwhile:
            before.setdefault(moment, []).append(partial(self._do, what))
        self._deliver(size, acknowledged=acknowledged, dies=dies, before=before)

    @precondition(lambda self: self.copied and self.waiting_for is None)
    @rule(name=names, size=st.integers(1, 5), moment=st.integers(1, 6))
    def deliver_while_closing(self, name: str, size: int, moment: int) -> None:
        """The rare case: the invocation has its word, and the word changes."""
        self.source.delete({"id": {"S": name}})
        if self.source.next_batch(1):
            self._deliver(size, before={moment: [partial(self._do, "finish")]})

    def _do(self, what: object) -> None:
        if what == "close":
            self.close()
        elif what == "finish":
            self.finish_copying()
            self.close()
            self.sweep()
        else:
            self.write(what)

    def _deliver(
        self,
        size: int,
        *,
        acknowledged: bool = True,
        dies: tuple[int, bool] | None = None,
        before: dict[int, list[Callable[[], None]]] | None = None,
    ) -> bool:
        batch = self.source.next_batch(size)
        self.invocations += 1
        invocation = f"i{self.invocations}"
        moment, after = dies or (None, False)
        calls = self.world.calls
        calls.plan(before or {}, dies_before=None if after else moment, dies_after=moment if after else None)
        try:
            run(
                {"Records": batch},
                lambda: self.config,
                ports=self.world.ports,
                clock=self.world.clock,
                invocation=invocation,
            )
        except KilledError:
            # Its time-out passes: whoever waits for it need not wait any more.
            self.world.ledger.items.pop(f"reg#{invocation}", None)
            if self.waiting_for:
                self.waiting_for.discard(f"reg#{invocation}")
            return False
        except BatchFailedError:
            return False
        finally:
            calls.plan({})
        if acknowledged:
            self.source.acknowledged += len(batch)
        return True

    # What the migration does ---------------------------------------------------------------------------------------

    @rule()
    def close(self) -> None:
        """Close once every item was copied and no page is in anybody's hands."""
        if self.waiting_for is None and self.copied >= set(NAMES) and not self.pages:
            self.world.set_word(Word.TAIL)
            self.waiting_for = self.world.ledger.sort_keys("reg")

    @rule()
    def sweep(self) -> None:
        """Sweep once the word is in force."""
        if self.swept:
            return
        if self.waiting_for is not None and not self.waiting_for & self.world.ledger.sort_keys("reg"):
            table = self.world.target.table
            table.items = {key: item for key, item in table.items.items() if not is_tombstone(item)}
            self.swept = True

    # The law -------------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        for name in NAMES:
            held = self.source.table.get({"id": {"S": name}})
            if held and refused(held) and not self.passes:
                assert not self.went_by(name), "an item that cannot be converted was passed over"
                self.source.delete(held)
        self.finish_copying()
        self.close()
        while self.source.acknowledged < len(self.source.records):
            assert self._deliver(4)
        self.sweep()
        assert self.swept
        self.verify()
        assert self.world.target.table.items == expected(self.config.chain, self.source.table)
        assert not self.world.ledger.sort_keys("failing")
        failed = self.world.ledger.sort_keys("failed")
        assert self.world.ledger.items.get("counters", {}).get("failed", {"N": "0"}) == {"N": str(len(failed))}
        assert failed <= {f'failed#["S:{name}"]' for name in NAMES if self.is_refused(name)}

    def is_refused(self, name: str) -> bool:
        """Whether the source holds an item under that name that cannot be converted."""
        held = self.source.table.get({"id": {"S": name}})
        return held is not None and refused(held) and type(self) is not CopyingIdentity

    def verify(self) -> None:
        """Nothing differs that verify would have to find."""

    def went_by(self, name: str) -> bool:
        """Whether the last record of the item was acknowledged."""
        numbers = [n for n, r in enumerate(self.source.records) if r["dynamodb"]["Keys"]["id"]["S"] == name]
        return bool(numbers) and numbers[-1] < self.source.acknowledged and type(self) is not CopyingIdentity


def item_of(name: str, places: tuple[str, ...], a: int) -> Item:
    """A source item."""
    return {"id": {"S": name}, "a": {"N": str(a)}, "places": {"L": [{"S": place} for place in places]}}


def refused(item: Item) -> bool:
    """Whether the conversions refuse it."""
    return int(item["a"]["N"]) < 0


def expected(chain: Chain, source: Memory) -> dict[tuple[str, ...], Item]:
    """What the successor must hold: f(source)."""
    items = [
        made for item in source.items.values() if not (chain.links and refused(item)) for made in chain.apply(item)
    ]
    return {canonical_key(item, chain.target.keys): item for item in items}


class CopyingIdentity(Copying):
    def chain(self) -> Chain:
        return identity()


class CopyingSeparate(Copying):
    def chain(self) -> Chain:
        return written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE)


class CopyingDistinct(Copying):
    def chain(self) -> Chain:
        return written(PER_PLACE_JOINED, meeting=Meeting.DISTINCT, target=ID)


class CopyingSkipping(CopyingSeparate):
    on_item_error = OnItemError.SKIP
    passes = True


class CopyingOverdue(CopyingDistinct):
    """Every record is more than 12 h old."""

    passes = True

    def __init__(self) -> None:
        super().__init__()
        self.world.clock.time += 13 * 3600


STEPS = settings(max_examples=dose(300), stateful_step_count=25, deadline=None)

TestCopyingIdentity = CopyingIdentity.TestCase
TestCopyingIdentity.settings = STEPS
TestCopyingSeparate = CopyingSeparate.TestCase
TestCopyingSeparate.settings = STEPS
TestCopyingDistinct = CopyingDistinct.TestCase
TestCopyingDistinct.settings = STEPS
TestCopyingSkipping = CopyingSkipping.TestCase
TestCopyingSkipping.settings = STEPS
TestCopyingOverdue = CopyingOverdue.TestCase
TestCopyingOverdue.settings = STEPS
