"""Items that take turns at one target key, and items that meet there: held, refused, named, or moved behind a fence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from pulumi_dynamo_migrator import Conversion
from tests.emulator.racing import converted
from tests.emulator.scene import PATIENT, Scene, differing, scene_in
from tests.eventually import eventually
from tests.soaking import Tally, dose
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

Item = dict[str, Any]
ITEMS: list[Item] = [{"id": f"k{number:02}", "slot": f"s{number:02}", "n": number} for number in range(30)]
_numbers = count(1000)


def double(item: Item) -> Item:
    item["twice"] = item["n"] * 2
    return item


def by_slot(*, distinct: bool) -> dict[str, Any]:
    """Keyed by an attribute that changes and that two items may share."""
    return {
        "hash_key": "slot",
        "attributes": {"slot": "S"},
        "conversions": [Conversion(2, double, distinct_keys=distinct).as_property()],
    }


MAY_MEET, CALLED_DISTINCT = by_slot(distinct=False), by_slot(distinct=True)
FENCE = {"fence": True}


@pytest.fixture
def scene(fenced_aws: EmbeddedAws) -> Iterator[Scene]:
    with scene_in(fenced_aws, timing=PATIENT) as scene:
        scene.begin(ITEMS)
        yield scene


class Turns:
    """Two items that take turns at one slot: each leaves it before the other comes."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.items = {item["id"]: item for item in ITEMS}
        self.taken = 0

    def take(self) -> None:
        """One turn: whoever is there leaves, the other one comes."""
        comes, leaves = ITEMS[self.taken % 2], ITEMS[(self.taken + 1) % 2]
        self.put({**leaves, "slot": f"free{next(_numbers)}", "n": next(_numbers)})
        self.put({**comes, "slot": "shared", "n": next(_numbers)})
        self.taken += 1

    def put(self, item: Item) -> None:
        self._scene.account.put(self._scene.old, [item])
        self.items[item["id"]] = item


def same(scene: Scene, items: list[Item], *, tally: Tally) -> None:
    """Both tables hold them."""
    wanted = [converted(dict(item)) for item in items]
    assert differing(scene.behind.items(scene.old), items) == []
    assert differing(scene.behind.items(scene.new), wanted) == []
    tally.acknowledged(writes=len(items), lost=0)


def test_items_that_take_turns_are_held_and_then_moved_behind_a_fence(scene: Scene, tally: Tally) -> None:
    """What the order of a stream's shards may leave wrong is planted behind the fence, and repaired before the flip."""
    turns = Turns(scene)
    scene.stage.cue("BatchExecuteStatement", turns.take, table=scene.new, times=2)
    scene.stage.cue("Scan", turns.take, table=scene.new, times=3)
    outputs = scene.up(**MAY_MEET)
    assert (outputs["phase"], outputs["version"]) == ("held", 1)
    assert turns.taken >= 3

    def leave_the_older_one() -> None:
        scene.behind.put(scene.new, [{**converted(dict(ITEMS[0])), "slot": "shared", "stale": True}])
        scene.behind.delete(scene.new, {"slot": turns.items[ITEMS[5]["id"]]["slot"]})
        planted.append(True)

    planted: list[bool] = []
    for _ in range(2):
        turns.take()
    scene.stage.cue("Scan", leave_the_older_one, table=scene.new, when=lambda _asked: scene.behind.word() == "stop")
    outputs = scene.up(**MAY_MEET, migration=FENCE)
    assert (outputs["phase"], outputs["version"], outputs["error"]) == ("ready", 2, None)
    assert outputs["history"][-1]["cut_over"] == "fenced"
    assert planted == [True]
    same(scene, list(turns.items.values()), tally=tally)
    tally.add("turns at one target key", turns.taken)


def test_items_that_meet_behind_the_fence_are_named_and_nothing_moves(scene: Scene, tally: Tally) -> None:
    """A write that the fence came too late for: nothing but the last verify can see it."""
    twin = {"id": "twin", "slot": "s03", "n": 1}
    # The last moment: the policy is about to be put.
    scene.stage.cue("PutResourcePolicy", lambda: scene.account.put(scene.old, [twin]))
    outputs = scene.up(**MAY_MEET, migration=FENCE)
    assert (outputs["phase"], outputs["version"]) == ("failed", 1)
    assert "collision S:s03" in outputs["error"]
    assert "nothing was moved, and writes are allowed again" in outputs["error"]
    scene.account.delete(scene.old, {"id": "twin"})
    assert scene.up(**MAY_MEET, migration=FENCE)["phase"] == "ready"
    same(scene, ITEMS, tally=tally)
    tally.add("items that meet at one target key", 1)


@pytest.mark.parametrize("turn", range(dose(1)))
def test_items_that_meet_although_they_were_called_distinct_are_named_and_not_served(
    scene: Scene, turn: int, tally: Tally
) -> None:
    """While it is copied, and in a soak before that as well."""
    twin = {"id": "twin", "slot": "s03", "n": 1}

    def meet() -> None:
        scene.account.put(scene.old, [twin])

    if turn % 2:
        meet()
    else:
        scene.stage.cue("BatchExecuteStatement", meet, table=scene.new, after=True)
    outputs = scene.up(**CALLED_DISTINCT)
    assert (outputs["phase"], outputs["version"]) == ("failed", 1)
    assert "collision S:s03" in outputs["error"]
    # What goes takes what stood at their key with it: the text says how the other one gets there.
    assert "with Migration(verify='repair'), which puts the other one where both were" in outputs["error"]
    scene.account.delete(scene.old, {"id": "twin"})
    outputs = scene.up(**CALLED_DISTINCT, migration={"verify": "repair"})
    assert (outputs["phase"], outputs["error"]) == ("ready", None)
    eventually(lambda: same(scene, ITEMS, tally=tally), within=50)
    tally.add("items that meet at one target key", 1)
