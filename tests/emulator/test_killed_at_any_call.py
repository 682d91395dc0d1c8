"""Killed at any AWS call of a migration, before or after it took effect: the next `up` ends as if nothing had been.

The provider runs in a process of its own against a proxy that kills it (-9) at a given request. How many requests a
whole migration makes is counted first; the calls to be killed at are spread over all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from pulumi_dynamo_migrator import Conversion
from tests.emulator.life import Life, urn_of
from tests.emulator.proxy import Proxy
from tests.soaking import Tally, dose
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

ITEMS: list[dict[str, Any]] = [
    {"id": f"k{number}", "country": f"C{number % 3}", "feet": number} for number in range(40)
]
PLACES = dose(6)
"""At how many places of a migration it is killed, each before and after the call."""

REVERTED = dose(5)

_numbers = count(1)


def double(item: dict[str, Any]) -> dict[str, Any]:
    item["feet"] = item["feet"] * 2
    return item


def before(urn: str) -> dict[str, Any]:
    """What the program asks first."""
    return {"hash_key": "id", "attributes": {"id": "S"}, "migration": {"function_timeout": 1}, "__urn": urn}


def after(urn: str) -> dict[str, Any]:
    """What it asks then: another key, a local index, a conversion."""
    return {
        **before(urn),
        "hash_key": "country",
        "range_key": "id",
        "attributes": {"country": "S", "id": "S", "feet": "N"},
        "local_secondary_indexes": [{"name": "by_feet", "range_key": "feet"}],
        "conversions": [Conversion(2, double).as_property()],
    }


@pytest.fixture
def life(aws: EmbeddedAws, account: Account, tally: Tally) -> Iterator[Life]:
    """A resource whose first version holds the items."""
    with Proxy(aws.endpoint) as proxy:
        one = Life(aws, proxy, urn_of(f"places{next(_numbers)}"), tally=tally)
        table = one.up(before(one.urn))["name"]
        account.put(table, ITEMS)
        yield one


def requests_of_a_migration(aws: EmbeddedAws) -> int:
    """How many requests an undisturbed migration makes."""
    with Proxy(aws.endpoint) as proxy:
        one = Life(aws, proxy, urn_of("counted"))
        table = one.up(before(one.urn))["name"]
        Account(aws).put(table, ITEMS)
        one.up(after(one.urn))
        return len(proxy.calls)


@pytest.fixture(scope="module")
def requests(aws: EmbeddedAws) -> int:
    """Counted once for all the tests here."""
    return requests_of_a_migration(aws)


@pytest.mark.parametrize("took_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("place", range(PLACES))
def test_a_migration_killed_at_a_call_is_finished_by_the_next_up(
    life: Life, account: Account, requests: int, place: int, took_effect: bool
) -> None:
    at = 1 + requests * (2 * place + int(took_effect)) // (2 * PLACES)
    life.killed_up(after(life.urn), at=at, after=took_effect)
    outputs = life.up(after(life.urn))
    assert (outputs["phase"], outputs["version"], outputs["error"]) == ("ready", 2, None)
    old, new = outputs["tables"]["1"], outputs["tables"]["2"]
    assert outputs["name"] == new
    assert [row["route"] for row in outputs["history"]][-1] == "successor"
    assert sorted(account.items(old), key=str) == sorted(ITEMS, key=str)
    assert sorted(account.items(new), key=str) == sorted(({**one, "feet": one["feet"] * 2} for one in ITEMS), key=str)
    helpers = [helper.split()[0] for helper in account.helpers()]
    assert helpers == ["function", "mapping", "role"]
    assert len(account.tables()) == 3
    assert life.up(after(life.urn)) == outputs
    life.nothing_lost(2 * len(ITEMS))


@pytest.mark.parametrize("place", range(REVERTED))
def test_a_migration_killed_at_a_call_and_reverted_leaves_nothing_behind(
    life: Life, account: Account, requests: int, place: int
) -> None:
    at = 1 + requests * 8 * place // (10 * REVERTED)
    life.killed_up(after(life.urn), at=at, after=True)
    outputs = life.up(before(life.urn))
    assert (outputs["phase"], outputs["version"], list(outputs["tables"])) == ("ready", 1, ["1"])
    assert account.helpers() == []
    assert len(account.tables()) == 2
    assert sorted(account.items(outputs["name"]), key=str) == sorted(ITEMS, key=str)
    assert account.ledger(under="migration#") == []
    assert "StreamArn" not in outputs or outputs["stream_arn"] is None
    life.nothing_lost(len(ITEMS))
