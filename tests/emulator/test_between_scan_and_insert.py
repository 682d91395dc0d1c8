"""What happens between a scan and its inserts, or between a look and the sweep, on a real table with its replicator.

Each request is held while something is done at the source and the replicator has brought it over; then it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_dynamo_migrator import Conversion
from pulumi_dynamo_migrator.replicate.tombstone import TOMBSTONE
from tests.emulator.racing import converted
from tests.emulator.scene import PATIENT, Scene, differing, scene_in
from tests.eventually import eventually
from tests.soaking import Tally
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

Item = dict[str, Any]
ITEMS: list[Item] = [{"id": f"k{number:02}", "team": f"t{number % 3}", "n": number} for number in range(40)]
DELETED, MADE_ANEW, MOVED, UNSEEN, SWEPT = ITEMS[7], ITEMS[11], ITEMS[17], ITEMS[22], ITEMS[31]


def double(item: Item) -> Item:
    item["twice"] = item["n"] * 2
    return item


BY_TEAM: dict[str, Any] = {
    "hash_key": "team",
    "range_key": "id",
    "attributes": {"team": "S", "id": "S"},
    "conversions": [Conversion(2, double).as_property()],
}


@pytest.fixture
def scene(aws: EmbeddedAws) -> Iterator[Scene]:
    with scene_in(aws, timing=PATIENT) as scene:
        scene.begin(ITEMS)
        yield scene


def inserts(item: Item) -> Any:
    """Whether a batch of inserts holds the item's id."""
    return lambda asked: any({"S": item["id"]} in one["Parameters"] for one in asked["Statements"])


def of(item: Item) -> Any:
    """Whether a request is about the item's key."""
    return lambda asked: asked.get("Key", {}).get("id") == {"S": item["id"]}


def held(scene: Scene, item: Item) -> Item | None:
    """What stands at the item's key in the successor."""
    found = [one for one in scene.behind.items(scene.new) if (one["team"], one["id"]) == (item["team"], item["id"])]
    return found[0] if found else None


def arrives(scene: Scene, item: Item) -> None:
    def stands() -> None:
        assert held(scene, item) == converted(dict(item))

    eventually(stands, within=50)


def delete(scene: Scene, item: Item) -> None:
    """Delete it, and wait for the mark that the replicator leaves."""

    def marked() -> None:
        assert TOMBSTONE in (held(scene, item) or {})

    scene.behind.delete(scene.old, {"id": item["id"]})
    eventually(marked, within=50)


def ends_with(scene: Scene, items: list[Item], *, tally: Tally) -> None:
    outputs = scene.up(**BY_TEAM)
    assert (outputs["phase"], outputs["version"], outputs["error"]) == ("ready", 2, None)
    assert differing(scene.behind.items(scene.old), items) == []
    assert differing(scene.behind.items(scene.new), [converted(dict(item)) for item in items]) == []
    tally.acknowledged(writes=len(ITEMS), lost=0)


def test_what_is_deleted_made_anew_or_moved_before_its_insert_arrives_is_as_the_last_write_left_it(
    scene: Scene, tally: Tally
) -> None:
    anew, moved = {**MADE_ANEW, "n": 1000}, {**MOVED, "team": "elsewhere", "n": 1001}
    did: list[str] = []

    def make_anew() -> None:
        delete(scene, MADE_ANEW)
        scene.behind.put(scene.old, [anew])
        arrives(scene, anew)
        did.append("made anew")

    def move() -> None:
        scene.behind.put(scene.old, [moved])
        arrives(scene, moved)
        assert TOMBSTONE in (held(scene, MOVED) or {})
        did.append("moved")

    def delete_it() -> None:
        delete(scene, DELETED)
        did.append("deleted")

    def delete_unseen() -> None:
        scene.behind.delete(scene.old, {"id": UNSEEN["id"]})  # insert and record are on their way at once
        did.append("deleted unseen")

    for item, act in ((DELETED, delete_it), (MADE_ANEW, make_anew), (MOVED, move), (UNSEEN, delete_unseen)):
        scene.stage.cue("BatchExecuteStatement", act, table=scene.new, when=inserts(item))
    left = [one for one in ITEMS if one not in (DELETED, MADE_ANEW, MOVED, UNSEEN)]
    ends_with(scene, [*left, anew, moved], tally=tally)
    assert sorted(did) == ["deleted", "deleted unseen", "made anew", "moved"]
    tally.add("writes between a scan and its insert", 4)


def test_what_is_made_anew_before_its_mark_is_swept_stays(scene: Scene, tally: Tally) -> None:
    anew = {**SWEPT, "n": 1002}
    did: list[str] = []

    def make_anew() -> None:
        scene.behind.put(scene.old, [anew])
        arrives(scene, anew)
        did.append("made anew")

    scene.stage.cue("BatchExecuteStatement", lambda: delete(scene, SWEPT), table=scene.new, when=inserts(SWEPT))
    scene.stage.cue("DeleteItem", make_anew, table=scene.new, when=of(SWEPT))
    ends_with(scene, [*(one for one in ITEMS if one != SWEPT), anew], tally=tally)
    assert did == ["made anew"]
    tally.add("writes between a look and its sweep", 1)
