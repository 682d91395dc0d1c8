"""Verify must be able to fail: faults planted in the successor just before it looks, while other keys are written to.

Each is found and named with its kind; a repair mends it, and never writes over anything newer. Planted on real tables
with a real replicator at work; what verify may not call wrong is planted as well.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from pulumi_dynamo_migrator import Conversion
from tests.emulator.racing import Writers, converted, writing
from tests.emulator.scene import FIRST, Scene, differing, scene_in
from tests.eventually import eventually
from tests.soaking import Tally, dose
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

STILL: list[dict[str, Any]] = [
    {"id": f"still{number:03}", "team": f"t{number % 3}", "slot": f"still{number}", "n": number} for number in range(60)
]
EXPIRY = {"ttl": {"attribute_name": "expires", "enabled": True}}
HOUR = 3600


def double(item: dict[str, Any]) -> dict[str, Any]:
    item["twice"] = item["n"] * 2
    return item


CONVERSIONS = [Conversion(2, double).as_property()]
SEPARATE: dict[str, Any] = {
    "hash_key": "team",
    "range_key": "id",
    "attributes": {"team": "S", "id": "S"},
    "conversions": CONVERSIONS,
}
DISTINCT: dict[str, Any] = {
    "hash_key": "slot",
    "attributes": {"slot": "S"},
    "conversions": [Conversion(2, double, distinct_keys=True).as_property()],
}


@pytest.fixture
def scene(aws: EmbeddedAws) -> Iterator[Scene]:
    with scene_in(aws, timing={"settle": 3}) as scene:
        yield scene


class Faults:
    """One of each kind, planted when verify reads the successor for the first time."""

    def __init__(self, scene: Scene, keys: tuple[str, ...]) -> None:
        self._scene, self._keys = scene, keys
        self.planted = 0
        self.gone = STILL[3]
        scene.stage.cue("Scan", self.plant, table=scene.new)

    def plant(self) -> None:
        missing, differing, extra = made(STILL[0]), made(STILL[1]), made(STILL[2])
        self._scene.behind.delete(self._scene.new, self.key(missing))
        self.put({**differing, "twice": -1, "stray": True})
        self.put({**extra, "id": "stranger", "slot": "stranger"})
        self.put(made(self.gone))
        self.planted += 4

    def put(self, item: dict[str, Any]) -> None:
        self._scene.behind.put(self._scene.new, [item])

    def key(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: item[name] for name in self._keys}

    def named(self) -> list[str]:
        """What must be told of them."""

        def name(item: dict[str, Any]) -> str:
            return " / ".join(f"S:{item[key]}" for key in self._keys)

        stranger = {**STILL[2], "id": "stranger", "slot": "stranger"}
        return [
            f"missing {name(STILL[0])}",
            f"differing {name(STILL[1])} in stray, twice",
            f"extra {name(stranger)}",
            f"extra {name(self.gone)}",  # resurrected: it was deleted at the source
        ]


def made(item: dict[str, Any]) -> dict[str, Any]:
    return converted(dict(item))


def delete_one(scene: Scene, item: dict[str, Any]) -> list[dict[str, Any]]:
    """It is deleted at the source; what is left of those that stand still."""
    scene.behind.delete(scene.old, {"id": item["id"]})
    return [one for one in STILL if one != item]


def whole(scene: Scene, writers: Writers, left: list[dict[str, Any]], *, tally: Tally) -> None:
    wanted = [*left, *writers.items()]
    assert differing(scene.behind.items(scene.old), wanted) == []

    def same() -> None:
        assert differing(scene.behind.items(scene.new), [made(item) for item in wanted]) == []

    eventually(same, within=60)
    tally.acknowledged(writes=writers.acknowledged + len(left), lost=0)


@pytest.mark.parametrize("turn", range(dose(1)))
def test_each_planted_fault_is_found_and_named_and_a_repair_mends_it(scene: Scene, turn: int, tally: Tally) -> None:
    scene.begin(STILL)
    asked = (DISTINCT, SEPARATE)[turn % 2]
    keys = (asked["hash_key"], asked["range_key"]) if "range_key" in asked else (asked["hash_key"],)
    faults = Faults(scene, keys)
    with writing(scene.behind, scene.old, rate=20) as writers:
        left = delete_one(scene, faults.gone)
        outputs = scene.up(**asked)
        assert (outputs["phase"], outputs["version"], faults.planted) == ("failed", 1, 4)
        error = outputs["error"]
        assert f"{scene.new} differs from {scene.old} in" in error
        assert [one for one in faults.named() if one not in error] == []
        assert "the old table is untouched and still served" in error
        assert scene.up(**asked, migration={"verify": "repair"})["phase"] == "ready"
    whole(scene, writers, left, tally=tally)
    tally.add("planted in a successor", 4)


@pytest.mark.parametrize("turn", range(dose(1)))
def test_a_repair_loses_against_a_newer_write_and_looks_again(scene: Scene, turn: int, tally: Tally) -> None:
    """The planted key is written to at the source while the repair is on its way, and the replicator is faster.

    One newer write changes all that was seen, one is all that was seen and an attribute more, one makes it anew.
    """
    lacking = {**STILL[4], "note": "older"}
    scene.begin([*(one for one in STILL if one != STILL[4]), lacking])
    faults = Faults(scene, ("team", "id"))
    scene.stage.cue("Scan", lambda: faults.put(made(STILL[4])), table=scene.new)
    newer = {**STILL[1], "n": 4711, "note": "newer"}
    more = {**lacking, "note": "newer"}
    again = {**faults.gone, "n": 4712, "note": "made anew"}
    left = [one for one in delete_one(scene, faults.gone) if one not in (STILL[1], STILL[4])]
    seen: list[bool] = []

    def overtake(item: dict[str, Any]) -> None:
        scene.behind.put(scene.old, [item])
        eventually(lambda: stands(item), within=20)

    def stands(item: dict[str, Any]) -> None:
        assert made(item) in scene.behind.items(scene.new)

    def look(item: dict[str, Any]) -> None:
        stands(item)
        seen.append(True)

    def at(item: dict[str, Any]) -> Any:
        return lambda asked: asked.get("Item", asked.get("Key"))["id"] == {"S": item["id"]}

    for operation, item in (("PutItem", newer), ("PutItem", more), ("DeleteItem", again)):
        scene.stage.cue(operation, partial(overtake, item), table=scene.new, when=at(item))
        scene.stage.cue(operation, partial(look, item), table=scene.new, when=at(item), after=True)
    with writing(scene.behind, scene.old, rate=20) as writers:
        outputs = scene.up(**SEPARATE, migration={"verify": "repair"})
        assert (outputs["phase"], outputs["error"]) == ("ready", None)
    assert seen == [True, True, True]
    whole(scene, writers, [*left, newer, more, again], tally=tally)
    tally.add("newer writes on the way of a repair", 3)


def test_what_has_expired_or_is_in_motion_is_not_called_wrong(scene: Scene, tally: Tally) -> None:
    """Expired: absent on either side, whichever of the two still holds it. In motion: written to between two looks."""
    now = int(time.time())
    expired = [{**STILL[n], "id": f"expired{n}", "expires": now - HOUR} for n in range(4)]
    scene.begin([*STILL, *expired], **EXPIRY)
    moves = 0

    def plant() -> None:
        for item in expired[:2]:
            scene.behind.delete(scene.new, {"team": item["team"], "id": item["id"]})
        scene.behind.put(scene.new, [made({**expired[2], "id": "stranger"})])
        scene.behind.put(scene.new, [{**made(STILL[0]), "twice": -1}])

    def move() -> None:
        nonlocal moves
        moves += 1
        scene.behind.put(scene.old, [{**STILL[0], "n": moves}])

    scene.stage.cue("Scan", plant, table=scene.new)
    scene.stage.cue("BatchGetItem", move, table=scene.new, times=10**6)
    outputs = scene.up(**{**FIRST, **SEPARATE, **EXPIRY})
    assert (outputs["phase"], outputs["error"]) == ("ready", None)
    assert moves > 1
    assert outputs["history"][-1]["verified"] == "both directions, 1 in motion"
    eventually(lambda: up_to_date(scene, moves), within=20)
    tally.add("planted in a successor", 4)


def up_to_date(scene: Scene, moves: int) -> None:
    assert made({**STILL[0], "n": moves}) in scene.behind.items(scene.new)
