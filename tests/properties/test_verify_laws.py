"""Verify finds every planted fault and nothing else, and a repair leaves nothing to find."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_dynamo_migrator.conversion.canonical import digest, equal
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.verify.digest import Balance, Entry, Side
from pulumi_dynamo_migrator.verify.report import Kind
from tests.fakes.conversions import PER_PLACE_JOINED, identity, written
from tests.fakes.copying import Pair
from tests.properties.table_strategies import ids, tables
from tests.soaking import dose


def planted(source: list[WireItem], target: list[WireItem]) -> set[tuple[Kind, str]]:
    """What is wrong, found the simple way."""
    here = {item["id"]["S"]: item for item in source}
    there = {item["id"]["S"]: item for item in target}
    missing = {(Kind.MISSING, key) for key in here.keys() - there.keys()}
    extra = {(Kind.EXTRA, key) for key in there.keys() - here.keys()}
    both = here.keys() & there.keys()
    return missing | extra | {(Kind.DIFFERING, key) for key in both if not equal(here[key], there[key])}


@settings(max_examples=dose(60), deadline=None)
@given(source=tables, target=tables, wrong=st.sets(ids, max_size=10))
def test_every_planted_fault_is_found_and_nothing_else(
    source: list[WireItem], target: list[WireItem], wrong: set[str]
) -> None:
    pair = Pair(identity())
    pair.put(source)
    held = [item for item in source if item["id"]["S"] not in wrong]
    held += [item for item in target if item["id"]["S"] in wrong]
    for item in held:
        pair.target.put(item)
    report = pair.verify()
    faults = planted(source, held)
    assert {(mismatch.kind, mismatch.key[0].removeprefix("S:")) for mismatch in report.mismatches} == faults
    assert report.verified is not bool(faults)
    assert pair.verify(repair=True).verified
    assert pair.target.items.keys() == pair.source.items.keys()
    assert pair.verify().looks == 1


@settings(max_examples=dose(60), deadline=None)
@given(table=tables, order=st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_order(table: list[WireItem], order: Random) -> None:
    entries = [Entry((item["id"]["S"],), digest(item)) for item in table]
    balance = Balance()
    balance.add(Side.SOURCE, entries)
    order.shuffle(entries)
    balance.add(Side.TARGET, entries)
    assert balance.differing() == []


@settings(max_examples=dose(60), deadline=None)
@given(
    moves=st.lists(st.tuples(st.integers(0, 4), st.sets(st.sampled_from("abc"))), max_size=12),
    lags=st.lists(st.integers(0, 3), min_size=12, max_size=12),
)
def test_live_writes_that_the_replicator_follows_are_never_called_wrong(
    moves: list[tuple[int, set[str]]], lags: list[int]
) -> None:
    pair = Pair(written(PER_PLACE_JOINED, meeting=Meeting.DISTINCT), page=2)
    pair.put(_item(number, {"a", "b"}) for number in range(5))
    for item in pair.copied():
        pair.target.put(item)
    pending: list[tuple[float, int]] = []
    script = list(zip(moves, lags, strict=False))

    def deliver(everything: bool = False) -> None:
        with pair.items.lock:  # both segments' threads come here
            while pending and (everything or pending[0][0] <= pair.clock.time):
                _apply(pair, pending.pop(0)[1])

    def step(_operation: object) -> None:
        with pair.items.lock:
            if script:
                (number, places), lag = script.pop(0)
                pair.source.put(_item(number, places))
                pending.append((pair.clock.time + lag, number))
            deliver()

    pair.items.before = step
    pair.clock.on_sleep = lambda _seconds: deliver()
    report = pair.verify(settle=10)
    assert report.verified, report.listed()


def _item(number: int, places: set[str]) -> WireItem:
    return {"id": {"S": f"n{number}"}, "a": {"N": "1"}, "places": {"L": [{"S": place} for place in sorted(places)]}}


def _apply(pair: Pair, number: int) -> None:
    """What the replicator does in the end: the target holds what the source item gives now."""
    image = pair.source.get({"id": {"S": f"n{number}"}})
    wanted = [] if image is None else pair.chain.apply(image)
    for key in [key for key in pair.target.items if key[0].startswith(f"S:n{number}@")]:
        del pair.target.items[key]
    for item in wanted:
        pair.target.put(item)
