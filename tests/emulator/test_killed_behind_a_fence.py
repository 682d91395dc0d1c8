"""Killed at any AWS call of a fenced cut-over, or of an old version's end: the next `up` ends as if nothing had been.

As in test_killed_at_any_call.py, with resource policies enforced between the killing proxy and the embedded AWS. While
the process is dead somebody writes to the old table, as soon as the ledger does not say that it is served no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

import pytest

from pulumi_dynamo_migrator.aws.fence_policy import has_fence
from pulumi_dynamo_migrator.aws.ledger import Ledger
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.system import SystemClock
from tests.emulator.life import Life, urn_of
from tests.emulator.proxy import Proxy
from tests.eventually import eventually
from tests.fakes.doors import FAST, session_on
from tests.soaking import Tally, dose
from tests.stacks.account import Account, texts
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

ITEMS: list[dict[str, Any]] = [{"id": f"k{number}", "at": number} for number in range(40)]
MEANWHILE: dict[str, Any] = {"id": "meanwhile", "at": 7}
PLACES = dose(5)
"""At how many places each is killed, by turns before and after the call took effect."""

_numbers = count(1)


def first(urn: str) -> dict[str, Any]:
    """What the program asks first."""
    return {"hash_key": "id", "attributes": {"id": "S"}, "migration": {"function_timeout": 1}, "__urn": urn}


def ranged(urn: str) -> dict[str, Any]:
    """Another key."""
    return {**first(urn), "range_key": "at", "attributes": {"id": "S", "at": "N"}}


def fenced(urn: str) -> dict[str, Any]:
    """Another key, behind a fence."""
    return {**ranged(urn), "migration": {"function_timeout": 1, "fence": True}}


def retired(urn: str) -> dict[str, Any]:
    """Another key, and the end of the first version."""
    return {**ranged(urn), "retire": [{"version": 1, "evidence": 0}]}


@dataclass(frozen=True)
class End:
    """All that is left to be seen of a life, but for times."""

    outputs: tuple[object, ...]
    routes: tuple[tuple[int, str, str, bool], ...]
    tables: dict[str, list[str]]
    fences: tuple[str, ...]
    helpers: tuple[str, ...]
    ledger: tuple[object, ...]


@dataclass
class World:
    """Lives in an account of their own."""

    aws: EmbeddedAws
    account: Account
    proxy: Proxy
    tally: Tally | None = None

    def begin(self, *bags: Callable[[str], dict[str, Any]]) -> Life:
        """A life whose first version got the items, and that has come so far."""
        self.aws.reset()
        life = Life(self.aws, self.proxy, urn_of(f"fenced{next(_numbers)}"), tally=self.tally)
        self.account.put(life.up(first(life.urn))["name"], ITEMS)
        for bag in bags:
            life.up(bag(life.urn))
        return life

    def entry(self) -> Entry:
        """What the ledger knows."""
        (found,) = Ledger(session_on(self.aws).client("dynamodb"), clock=SystemClock(), timing=FAST).entries()
        return found

    def write_meanwhile(self) -> None:
        """Write to the old table as an application does once the fence has ended by itself; some time before the next.

        A replicator has met it by then: on a busy machine that takes longer than the short `drain` of these tests.
        """
        entry = self.entry()
        if entry.served != 1:
            return
        Account(replace(self.aws, front=0)).put(entry.version(1).table, [MEANWHILE])
        if any(one.startswith("mapping") for one in self.account.helpers()):
            eventually(partial(self._met, entry.version(2).table), within=60, every=0.1)

    def _met(self, table: str) -> None:
        """Carried over, or, where the replicator was told to stop, refused: then it comes again."""
        failing = [row for row in self.account.ledger(under="migration#") if row["sk"].startswith("failing#")]
        assert failing or MEANWHILE in self.account.items(table)

    def end(self, outputs: dict[str, Any]) -> End:
        """What the life has come to; names without what is drawn."""
        entry, base = self.entry(), self.entry().base_name
        names = [name for name in self.account.tables() if name.startswith(base)]
        return End(
            outputs=tuple(outputs[one] for one in ("phase", "version", "error", "pending", "conflicts")),
            routes=tuple(
                (row["version"], row["route"], row.get("cut_over", ""), "retired_at" in row)
                for row in outputs["history"]
            ),
            tables={name.replace(base, "T"): texts(self.account.items(name)) for name in names},
            fences=tuple(name.replace(base, "T") for name in names if has_fence(self._policy(name))),
            helpers=tuple(self.account.helpers()),
            ledger=(entry.fence, entry.retirement, entry.migration, [v.frozen for v in entry.versions]),
        )

    def _policy(self, table: str) -> str | None:
        try:
            arn = self.account.describe(table)["TableArn"]
            return str(self.account.dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])
        except self.account.dynamodb.exceptions.PolicyNotFoundException:
            return None


@pytest.fixture
def world(fenced_aws: EmbeddedAws, tally: Tally) -> Iterator[World]:
    with Proxy(fenced_aws.endpoint) as proxy:
        yield World(fenced_aws, Account(fenced_aws), proxy, tally)
        fenced_aws.reset()


@dataclass(frozen=True)
class Undisturbed:
    """How many requests an `up` makes that nobody disturbs, and what it comes to."""

    requests: int
    end: End

    def place(self, number: int) -> tuple[int, bool]:
        """A request to be killed at, and whether it takes effect before."""
        return 1 + self.requests * (2 * number + 1) // (2 * PLACES), bool(number % 2)


def undisturbed(aws: EmbeddedAws, last: Callable[[str], dict[str, Any]], *before: Callable[[str], Any]) -> Undisturbed:
    with Proxy(aws.endpoint) as proxy:
        world = World(aws, Account(aws), proxy)
        life = world.begin(*before)
        outputs = life.up(last(life.urn))
        return Undisturbed(len(proxy.calls), world.end(outputs))


@pytest.fixture(scope="module")
def cut_over(fenced_aws: EmbeddedAws) -> Undisturbed:
    return undisturbed(fenced_aws, fenced)


@pytest.fixture(scope="module")
def retirement(fenced_aws: EmbeddedAws) -> Undisturbed:
    return undisturbed(fenced_aws, retired, ranged)


@pytest.mark.parametrize("place", range(PLACES))
def test_a_fenced_cut_over_killed_at_a_call_is_finished_by_the_next_up(
    world: World, cut_over: Undisturbed, place: int
) -> None:
    killed_cut_over(world, cut_over, *cut_over.place(place))


def killed_cut_over(world: World, cut_over: Undisturbed, at: int, took_effect: bool) -> None:
    life = world.begin()
    life.killed_up(fenced(life.urn), at=at, after=took_effect)
    world.write_meanwhile()
    end = world.end(life.up(fenced(life.urn)))
    written = end.tables["T"]
    assert end == replaced(cut_over.end, written)
    assert set(cut_over.end.tables["T"]) <= set(written)
    assert (end.helpers, end.fences, end.ledger) == ((), ("T",), (None, None, None, [True, False]))
    life.nothing_lost(2 * len(written))


def replaced(end: End, items: list[str]) -> End:
    """The same end with these items in both tables."""
    return End(end.outputs, end.routes, dict.fromkeys(end.tables, items), end.fences, end.helpers, end.ledger)


@pytest.mark.parametrize("place", range(PLACES))
def test_an_old_versions_end_killed_at_a_call_is_finished_by_the_next_up(
    world: World, retirement: Undisturbed, place: int
) -> None:
    killed_retirement(world, retirement, *retirement.place(place))


def killed_retirement(world: World, retirement: Undisturbed, at: int, took_effect: bool) -> None:
    life = world.begin(ranged)
    life.killed_up(retired(life.urn), at=at, after=took_effect)
    assert world.end(life.up(retired(life.urn))) == retirement.end
    assert (retirement.end.fences, retirement.end.helpers) == ((), ())
    assert retirement.end.tables == {"T_V2": texts(ITEMS)}
    assert retirement.end.ledger == (None, None, None, [False])
    life.nothing_lost(len(ITEMS))


@pytest.mark.parametrize("place", [1, 3])
def test_an_end_that_was_killed_and_is_not_asked_for_any_more_leaves_no_fence(
    world: World, retirement: Undisturbed, place: int
) -> None:
    """Before its replicator went the version is as it was; after, its end goes on all the same."""
    killed_and_let_be(world, retirement, *retirement.place(place))


def killed_and_let_be(world: World, retirement: Undisturbed, at: int, took_effect: bool) -> None:
    life = world.begin(ranged)
    life.killed_up(retired(life.urn), at=at, after=took_effect)
    end = world.end(life.up(ranged(life.urn)))
    assert (end.fences, end.ledger[:3], end.outputs[:3]) == ((), (None, None, None), ("ready", 2, None))
    if "T" in end.tables:
        assert [helper.split()[0] for helper in end.helpers] == ["function", "mapping", "role"]
        assert end.tables == {"T": texts(ITEMS), "T_V2": texts(ITEMS)}
    else:
        assert end == retirement.end
