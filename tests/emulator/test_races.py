"""Hot keys written as fast as the stream is read, through backfill, close, sweep and cut-over: nothing is lost.

Final tables are compared item by item with what the acknowledged writes come to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_dynamo_migrator import Conversion
from tests.emulator.racing import NEW, OLD, Writers, converted, writing
from tests.emulator.scene import Scene, differing, scene_in
from tests.eventually import eventually
from tests.soaking import Tally, dose
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

STILL: list[dict[str, Any]] = [
    {"id": f"still{number:03}", "team": f"t{number % 3}", "slot": f"still{number}", "n": number}
    for number in range(600)
]
"""Items that nobody writes to, so that the backfill has work."""

SETTLE = {"settle": 10, "drain": 1.5}
"""Seconds: more than the replicator is ever behind here, and rests between two batches."""


def double(item: dict[str, Any]) -> dict[str, Any]:
    item["twice"] = item["n"] * 2
    return item


BY_TEAM: dict[str, Any] = {
    "hash_key": "team",
    "range_key": "id",
    "attributes": {"team": "S", "id": "S"},
    "conversions": [Conversion(2, double).as_property()],
}
"""The target key holds the source's: separate. A team that changes moves the item."""

BY_SLOT: dict[str, Any] = {
    "hash_key": "slot",
    "attributes": {"slot": "S"},
    "conversions": [Conversion(2, double, distinct_keys=True).as_property()],
}
"""Every slot is used once: distinct. It changes with every move."""


MAY_MEET: dict[str, Any] = {**BY_SLOT, "conversions": [Conversion(2, double).as_property()]}
"""The same, and nobody has said that it is distinct."""


@pytest.fixture
def scene(aws: EmbeddedAws) -> Iterator[Scene]:
    with scene_in(aws, timing=SETTLE) as scene:
        yield scene


@pytest.fixture
def fenced(fenced_aws: EmbeddedAws) -> Iterator[Scene]:
    with scene_in(fenced_aws, timing=SETTLE) as scene:
        yield scene


def agrees(scene: Scene, writers: Writers, *, tally: Tally) -> None:
    """Both tables hold what was written, the new one through the conversion."""
    wanted = [*STILL, *writers.items()]
    assert differing(scene.behind.items(scene.old), wanted) == []
    arrived(scene, wanted)
    tally.acknowledged(writes=writers.acknowledged + len(STILL), lost=0)


def arrived(scene: Scene, wanted: list[dict[str, Any]]) -> None:
    """The new table holds it."""
    eventually(lambda: no_difference(scene, wanted), within=60)


def no_difference(scene: Scene, wanted: list[dict[str, Any]]) -> None:
    assert differing(scene.behind.items(scene.new), [converted(dict(item)) for item in wanted]) == []


def warmed_up(writers: Writers) -> None:
    assert writers.acknowledged > 100


@pytest.mark.parametrize("asked", [BY_TEAM, BY_SLOT], ids=["separate", "distinct"])
@pytest.mark.parametrize("turn", range(dose(1)))
def test_hot_keys_that_change_and_move_all_the_time_are_handed_over_whole(
    scene: Scene, asked: dict[str, Any], turn: int, tally: Tally
) -> None:
    old = scene.begin(STILL)
    with writing(scene.behind, old, OLD) as writers:
        eventually(lambda: warmed_up(writers), within=30)
        outputs = scene.up(**asked)
        assert (outputs["phase"], outputs["version"], outputs["error"]) == ("ready", 2, None)
        served = writers.acknowledged
        eventually(lambda: more(writers, served + 50), within=30)  # late writes, some of them moves
    agrees(scene, writers, tally=tally)
    if asked is BY_TEAM:
        goes_on(scene, writers)
    assert [row["sk"] for row in scene.behind.ledger(under="migration#") if row["sk"].startswith("conflict#")] == []


def more(writers: Writers, number: int) -> None:
    assert writers.acknowledged > number


def goes_on(scene: Scene, before: Writers) -> None:
    """The application has been redeployed: it writes to the new table from now on."""
    with writing(scene.behind, scene.new, NEW, state=before.state) as writers:
        eventually(lambda: more(writers, 60), within=30)
    arrived(scene, [*STILL, *writers.items()])


@pytest.mark.parametrize("turn", range(dose(1)))
def test_hot_keys_are_moved_whole_behind_a_fence(fenced: Scene, turn: int, tally: Tally) -> None:
    """Keyed by what changes and may meet: such a table is served in no other way."""
    asked = (MAY_MEET, BY_TEAM)[turn % 2]
    old = fenced.begin(STILL)
    with writing(fenced.account, old, OLD) as writers:
        eventually(lambda: warmed_up(writers), within=30)
        outputs = fenced.up(**asked, migration={"fence": True})
        assert (outputs["phase"], outputs["version"], outputs["error"]) == ("ready", 2, None)
        writers.join()
    assert writers.denied == 4
    agrees(fenced, writers, tally=tally)
