"""A copy that must be done in time: what that takes and no more, never less than asked, or a refusal that says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.model.history import Raised
from pulumi_dynamo_migrator.model.limits import TABLE_UNITS
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.spec import BillingMode, GlobalIndex, Options, Settings, Structure, Units
from pulumi_dynamo_migrator.plan.copy_within import InTime, in_time, rounded_up, with_raised
from pulumi_dynamo_migrator.plan.cost import FIRST_WRITE, Successor, copy_units, estimate, taken
from pulumi_dynamo_migrator.plan.plan import Route
from pulumi_dynamo_migrator.plan.planner import make_plan
from pulumi_dynamo_migrator.plan.resume import copy_plan
from pulumi_dynamo_migrator.steps.close import Close
from pulumi_dynamo_migrator.steps.create_successor import CreateSuccessor
from tests.fakes.plans import NEW, SEEN, asks, begun, situation, table, under_way

HOUR = 3600.0
PROVISIONED = replace(SEEN, billing_mode=BillingMode.PROVISIONED, capacity=Units(50, 20))
INDEXED = replace(
    NEW,
    attributes=(*NEW.attributes, ("at", "N"), ("to", "S")),
    global_indexes=(GlobalIndex("by_at", ("at",)), GlobalIndex("by_to", ("to",), capacity=Units(6, 4))),
)
MILLIONS = table(items=36_000_000, bytes=36_000_000 * 100)
"""10,000 write units a second for an hour, of the table and of each index that holds all."""


WITHIN_AN_HOUR = Options(copy_within=HOUR)


def kept(
    settings: Settings = SEEN,
    structure: Structure = NEW,
    *,
    source: ObservedTable = MILLIONS,
    options: Options = WITHIN_AN_HOUR,
) -> InTime:
    return in_time(source, Successor("orders_V2", structure, settings), options=options)


def test_without_a_time_or_without_figures_all_is_as_it_was_asked() -> None:
    asked = Successor("orders_V2", NEW, SEEN)
    assert in_time(MILLIONS, asked, options=Options()) == InTime(asked)
    assert kept(source=table(items=0, bytes=0)) == InTime(asked)


def test_an_on_demand_successor_is_asked_for_warm() -> None:
    found = kept(structure=INDEXED)
    assert found.raised == (Raised("", 11_000), Raised("by_at", 11_000), Raised("by_to", 11_000))
    assert found.target.settings == replace(SEEN, warm=Units(None, 11_000))
    assert [index.warm for index in found.target.structure.global_indexes] == [Units(None, 11_000)] * 2


def test_what_it_takes_at_first_is_not_asked_for() -> None:
    assert kept(options=Options(copy_within=3 * HOUR)).raised == ()
    assert kept(replace(SEEN, warm=Units(20_000, 30_000))).raised == ()
    assert kept(replace(SEEN, warm=Units(20_000, 5_000))).target.settings.warm == Units(20_000, 11_000)


def test_a_provisioned_one_is_raised_each_index_by_itself_and_knows_what_it_had() -> None:
    found = kept(PROVISIONED, INDEXED)
    assert found.raised == (Raised("", 11_000, 20), Raised("by_at", 11_000, 20), Raised("by_to", 11_000, 4))
    assert found.target.settings.capacity == Units(50, 11_000)
    assert [index.capacity for index in found.target.structure.global_indexes] == [Units(50, 11_000), Units(6, 11_000)]


def test_an_index_that_has_the_tables_units_is_not_raised_by_its_name() -> None:
    found = kept(
        PROVISIONED, replace(INDEXED, global_indexes=(GlobalIndex("by_at", ("at",), capacity=Units(1, 20_000)),))
    )
    assert found.raised == (Raised("", 11_000, 20),)
    assert found.target.structure.global_indexes[0].capacity == Units(1, 20_000)


def test_what_is_raised_is_raised_again_from_the_ledger_alone() -> None:
    for settings in (SEEN, PROVISIONED):
        found = kept(settings, INDEXED)
        assert with_raised(INDEXED, settings, found.raised) == (found.target.structure, found.target.settings)
    raised = kept(PROVISIONED, INDEXED).raised
    assert with_raised(INDEXED, SEEN, raised) == (INDEXED, SEEN), "its billing was changed meanwhile"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            replace(WITHIN_AN_HOUR, max_write_units=9_000),
            ("about 10,000 write units a second", "max_write_units = 9000", "copy_within=4000"),
        ),
        (
            replace(WITHIN_AN_HOUR, max_read_units=200),
            ("about 240 read units a second", "max_read_units = 200", "copy_within=4400"),
        ),
        (
            Options(copy_within=600.0),
            ("60,000 write units", "of orders_V2", "quota", "copy_within=900", "warm_throughput"),
        ),
    ],
)
def test_what_cannot_be_had_is_refused_with_a_time_that_can(options: Options, words: tuple[str, ...]) -> None:
    [why] = kept(options=options).refusals
    assert [one for one in words if one not in why] == []
    advised = float(why.partition("copy_within=")[2].partition(")")[0])
    assert kept(options=replace(options, copy_within=advised)).refusals == ()


def test_a_limit_of_its_own_is_kept() -> None:
    [why] = kept(replace(SEEN, on_demand=Units(-1, 8_000))).refusals
    assert "its on_demand_throughput allows 8,000: raise that for the time of the copy" in why
    assert kept(replace(SEEN, on_demand=Units(-1, 10_500))).raised == (Raised("", 10_500),), "as near as it allows"
    indexed = replace(NEW, global_indexes=(GlobalIndex("by_at", ("at",), on_demand=Units(-1, 100)),))
    [why] = kept(structure=indexed).refusals
    assert "of index by_at of orders_V2" in why


def test_who_states_more_than_the_quota_is_taken_at_the_word() -> None:
    [why] = kept(PROVISIONED, options=Options(copy_within=600.0)).refusals
    assert "as write_capacity" in why
    assert kept(replace(PROVISIONED, capacity=Units(50, 90_000)), options=Options(copy_within=600.0)) == InTime(
        Successor("orders_V2", NEW, replace(PROVISIONED, capacity=Units(50, 90_000)))
    )


UNITS = st.builds(Units, st.integers(1, 100_000), st.integers(1, 100_000))
MADE = st.one_of(
    st.builds(lambda units: replace(PROVISIONED, capacity=units), UNITS),
    st.builds(
        lambda warm, limit: replace(SEEN, warm=warm, on_demand=limit),
        st.none() | UNITS,
        st.sampled_from([None, Units(-1, -1)]) | UNITS,
    ),
)


@given(
    settings=MADE,
    own=st.none() | UNITS,
    items=st.integers(1, 10**10),
    size=st.integers(1, 400_000),
    seconds=st.floats(0.01, 10**7),
)
def test_it_is_enough_for_the_time_and_never_less_than_asked(
    settings: Settings, own: Units | None, items: int, size: int, seconds: float
) -> None:
    index = GlobalIndex("by_at", ("at",))
    own_units = {"capacity": own} if settings.billing_mode is BillingMode.PROVISIONED else {"warm": own}
    asked = Successor("orders_V2", replace(INDEXED, global_indexes=(replace(index, **own_units),)), settings)  # type: ignore[arg-type]
    source = table(items=items, bytes=items * size)
    found = in_time(source, asked, options=Options(copy_within=seconds))
    copied = copy_units(source, asked.structure)
    assert copied is not None
    if found.refusals:
        assert found.target == asked
        return
    for place, units in copied.writes.items():
        before, after = asked.settings_of(place), found.target.settings_of(place)
        assert taken(after, "write").units * seconds >= units * 0.999999
        for old, new in ((before.capacity, after.capacity), (before.warm, after.warm)):
            assert (new or Units()).read == (old or Units()).read
            assert ((new or Units()).write or 0) >= ((old or Units()).write or 0)
        raised = [one for one in found.raised if one.index == place]
        assert bool(raised) == (taken(after, "write").units > taken(before, "write").units)
        assert all(one.write > FIRST_WRITE or one.back is not None for one in raised)
        assert all(one.write <= TABLE_UNITS for one in raised)
    assert replace(found.target.settings, capacity=None, warm=None) == replace(asked.settings, capacity=None, warm=None)


@given(st.floats(0.0001, 10**12))
def test_rounding_up_never_gives_less_nor_a_tenth_more(number: float) -> None:
    assert number <= rounded_up(number) <= max(1.0, number + 1, number * 1.1)


def test_the_plan_makes_it_so_says_so_and_takes_the_new_time() -> None:
    spec = asks(INDEXED, settings=replace(Settings(), billing_mode=BillingMode.PROVISIONED, capacity=Units(50, 20)))
    plain = make_plan(spec, situation(MILLIONS))
    plan = make_plan(replace(spec, options=Options(copy_within=HOUR)), situation(MILLIONS))
    assert plan.route is plain.route is Route.SUCCESSOR
    assert plain.estimate is not None
    assert plan.estimate is not None
    assert plan.estimate.copy_seconds <= HOUR < plain.estimate.copy_seconds
    assert begun(plan).raised == (Raised("", 11_000, 20), Raised("by_at", 11_000, 20), Raised("by_to", 11_000, 4))
    [made] = [step for step in plan.steps if isinstance(step, CreateSuccessor)]
    assert made.settings.capacity == Units(50, 11_000)
    [close] = [step for step in plan.steps if isinstance(step, Close)]
    assert "20 (orders_V2), 20 (index by_at), 4 (index by_to)" in close.describe()


def test_a_plan_that_cannot_keep_the_time_is_refused() -> None:
    plan = make_plan(asks(NEW, options=Options(copy_within=60.0)), situation(MILLIONS))
    assert plan.route is Route.REFUSED
    assert plan.refusals[0].startswith("migration: to copy within 60 s takes about 600,000 write units a second")
    asked = asks(NEW, options=Options(copy_within=0))
    assert make_plan(asked, situation(MILLIONS)).refusals == ("migration: copy_within = 0 must be above 0.",)


def test_what_goes_on_goes_by_the_ledger_whatever_the_time_is_by_then() -> None:
    settings = replace(Settings(), billing_mode=BillingMode.PROVISIONED, capacity=Units(50, 20))
    spec = asks(NEW, settings=settings, options=Options(copy_within=HOUR))
    plan = make_plan(spec, situation(MILLIONS))
    for options in (Options(), Options(copy_within=1.0)):
        known = under_way(plan, Stage.PLANNED)
        rest = make_plan(replace(spec, options=options), situation(MILLIONS, known))
        assert [step for step in rest.steps if isinstance(step, CreateSuccessor | Close)] == [
            step for step in plan.steps if isinstance(step, CreateSuccessor | Close)
        ]
    known = under_way(plan, Stage.COPYING)
    assert known.migration is not None
    assert Close("orders_V2", begun(plan).raised) in copy_plan(known, MILLIONS, known.migration).steps


def test_the_estimate_takes_the_units_that_an_index_has_from_the_source() -> None:
    """They are what it is made with: the table's were taken instead."""
    index = GlobalIndex("by_at", ("at",), on_demand=Units(-1, 1_000))
    held = Structure("id", None, (("at", "N"), ("id", "S")), global_indexes=(index,))
    seen = table(held, items=3_600_000, bytes=3_600_000 * 100)
    asked = replace(NEW, attributes=INDEXED.attributes[:-1], global_indexes=(GlobalIndex("by_at", ("at",)),))
    plan = make_plan(asks(asked), situation(seen))
    assert plan.estimate == estimate(
        seen, Successor("orders_V2", replace(asked, global_indexes=(index,)), SEEN), options=Options()
    )
    assert plan.estimate is not None
    assert plan.estimate.copy_seconds == HOUR
