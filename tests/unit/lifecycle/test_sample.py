"""What a first page of the source says about the conversions."""

from __future__ import annotations

import time

import pytest

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.items import WireItem
from pulumi_dynamo_migrator.lifecycle.elsewhere import results_elsewhere
from pulumi_dynamo_migrator.lifecycle.sample import sample_items
from pulumi_dynamo_migrator.model.spec import Structure
from pulumi_dynamo_migrator.plan.chain import chain_for
from pulumi_dynamo_migrator.plan.situation import Sample
from tests.fakes.plans import NEW, OLD, conversion

ITEMS: list[WireItem] = [{"id": {"S": name}, "country": {"S": "DE"}, "n": {"N": "1"}} for name in ("a", "b")]


def chain(text: str, target: Structure = OLD) -> Chain:
    return chain_for(OLD, target, (conversion(2, text),), how=Meeting.SEPARATE)


def sampled(items: list[WireItem], chain: Chain) -> Sample:
    return sample_items(items, chain, elsewhere=results_elsewhere)


def test_a_conversion_that_leaves_the_key_alone_keeps_it() -> None:
    found = sampled(ITEMS, chain("return {**item, 'n': item.n + 1}"))
    assert (found.read, found.keys_kept, found.problems, found.unsteady) == (2, True, (), None)


def test_a_conversion_that_changes_the_key_is_seen() -> None:
    assert not sampled(ITEMS, chain("return {**item, 'id': 'x' + item.id}")).keys_kept


def test_one_changed_key_of_a_fan_out_is_enough() -> None:
    assert not sampled(ITEMS, chain("return [item, {**item, 'id': item.id + '2'}]")).keys_kept


def test_a_dropped_item_keeps_every_key() -> None:
    assert sampled(ITEMS, chain("return None")).keys_kept


def test_an_item_that_cannot_be_moved_is_told_with_its_key() -> None:
    items: list[WireItem] = [*ITEMS, {"id": {"S": "c"}}]
    (found,) = sampled(items, chain_for(OLD, NEW, (), how=Meeting.SEPARATE)).problems
    assert "c" in found
    assert "country" in found


def test_a_conversion_that_fails_is_told_with_its_number() -> None:
    first, second = sampled(ITEMS, chain("return item.nothing")).problems
    assert "conversion 2" in first
    assert "b" in second


TAGGED: list[WireItem] = [
    {
        **ITEMS[0],
        "id": {"S": f"t{n}"},
        "tags": {"SS": [f"{name}{n}" for name in "abcdefgh"]},
        "m": {"M": {"x": {"S": "1"}, "y": {"S": "2"}}},
    }
    for n in range(24)
]
"""So many that two processes, each with hashes of its own, never agree about the first member of every set."""

SOON = time.time() + 200 * 86_400
"""Between today and the other day on which conversions are tried."""

UNSTEADY = {
    "random numbers": "import random; return {**item, 'n': random.randrange(10 ** 30)}",
    "an id drawn by chance": "import uuid; return {**item, 'n': str(uuid.uuid4())}",
    "the second": "import time; return {**item, 'n': int(time.time())}",
    "the day": "import datetime; return {**item, 'n': datetime.date.today().isoformat()}",
    "the year": "from datetime import datetime; return {**item, 'n': datetime.now().year}",
    "the hour in UTC": "from datetime import datetime, UTC; return {**item, 'n': datetime.now(UTC).isoformat()[:13]}",
    "the time as text": "import time; return {**item, 'n': time.strftime('%Y-%m-%d')}",
    "whether it has expired": f"import time; return item if time.time() < {SOON} else None",
    "a counter": "import sys; sys._n = getattr(sys, '_n', 0) + 1; return {**item, 'n': sys._n}",
    "the order of a set": "return {**item, 'n': ','.join(item.tags)}",
    "which member of a set comes first": "return {**item, 'n': next(iter(item.tags))}",
    "the hash of a text": "return {**item, 'n': hash(item.id)}",
    "the order of attributes": "return {**item, 'n': ','.join(item)}",
    "the order in a map": "return {**item, 'n': list(item.m.values())}",
    "the process": "import os; return {**item, 'n': os.getpid()}",
}

STEADY = {
    "sorted members": "return {**item, 'n': ','.join(sorted(item.tags))}",
    "sets of sets": "return {**item, 'n': {tag[0] for tag in item.tags}}",
    "attributes in any order": "return {name: value for name, value in item.items()}",
    "seeded numbers": "import random; return {**item, 'n': random.Random(item.id).randrange(100)}",
    "a date from the item": (
        "import datetime; at = datetime.datetime.fromisoformat('2024-02-29T01:02:03+00:00');"
        "assert isinstance(at, datetime.date) and isinstance(at.date(), datetime.date);"
        "assert type(at + datetime.timedelta(1)) is type(at);"
        "return {**item, 'n': (at + datetime.timedelta(1)).isoformat(), 's': int(at.timestamp())}"
    ),
    "a time from the item": "import time; return {**item, 'n': time.strftime('%Y', time.gmtime(86_400))}",
    "a checksum": "import zlib; return {**item, 'n': zlib.crc32(item.id.encode())}",
    "what it prints": "print(item); return item",
    "what fails everywhere": "raise ValueError(item.id)",
}


@pytest.mark.parametrize("kind", UNSTEADY)
def test_a_conversion_that_depends_on_more_than_the_item_is_unsteady(kind: str) -> None:
    found = sampled(TAGGED, chain(UNSTEADY[kind])).unsteady
    assert found is not None
    assert "it must depend on the item alone" in found


@pytest.mark.parametrize("kind", STEADY)
def test_a_conversion_that_depends_on_the_item_alone_is_steady(kind: str) -> None:
    assert sampled(TAGGED, chain(STEADY[kind])).unsteady is None


def test_a_conversion_that_ends_its_process_is_told_as_such() -> None:
    with pytest.raises(MigratorError, match="do not run in a process of their own"):
        results_elsewhere(ITEMS, chain("import os; os._exit(3)"))


def test_no_items_say_nothing_against_it() -> None:
    found = sampled([], chain("return item"))
    assert (found.read, found.keys_kept) == (0, True)
