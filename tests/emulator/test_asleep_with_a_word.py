"""Whoever sleeps for longer than its lease just before it tells the replicator something, tells it nothing on waking.

Meanwhile another `up` has handed over: the word `tail` would let late writes of the old table overwrite newer ones of
the served table.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pulumi_dynamo_migrator.model.phase import Stage
from tests.emulator.scene import Scene, differing, scene_in
from tests.eventually import eventually
from tests.soaking import Tally
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

Item = dict[str, Any]
ITEMS: list[Item] = [{"id": f"k{number:02}", "at": number} for number in range(30)]
RANGED: dict[str, Any] = {"hash_key": "id", "range_key": "at", "attributes": {"id": "S", "at": "N"}}
SHORT = {"lease": 4, "heartbeat": 0.5}


@pytest.fixture
def scene(aws: EmbeddedAws) -> Iterator[Scene]:
    with scene_in(aws) as scene:
        scene.begin(ITEMS)
        yield scene


def closing(scene: Scene) -> bool:
    """Whether the backfill is done, and the next thing is to say `tail`."""
    entries = [row for row in scene.behind.ledger(under="table#") if row["sk"] == "entry"]
    return any(row.get("migration", {}).get("stage") == Stage.CLOSING for row in entries)


def test_who_slept_through_a_hand_over_does_not_tell_the_replicator_to_tail(scene: Scene, tally: Tally) -> None:
    whole = scene.life.timing

    def another() -> None:
        sleeper = scene.stage.victim
        assert sleeper is not None
        sleeper.send_signal(signal.SIGSTOP)
        try:
            ends.append(eventually(hands_over, within=60))
        finally:
            scene.stage.victim = sleeper
            sleeper.send_signal(signal.SIGCONT)

    def hands_over() -> dict[str, Any]:
        outputs = replace(scene.life, timing=whole).up(scene.bag(**RANGED))
        assert outputs["phase"] == "ready", outputs["error"]  # refused while the sleeper's lease lasts
        return outputs

    ends: list[dict[str, Any]] = []
    scene.stage.cue("DescribeTable", another, table=scene.old, when=lambda _asked: closing(scene), after=True)
    scene.life.timing = json.dumps({**json.loads(whole), **SHORT})
    outputs = scene.up(**RANGED)
    assert [one["version"] for one in ends] == [2]
    assert outputs["phase"] == "failed"
    assert "lease" in outputs["error"]
    assert scene.behind.word() == "late"
    newer = {**ITEMS[0], "note": "newer"}
    scene.behind.put(scene.new, [newer])
    scene.behind.put(scene.old, [{**ITEMS[0], "note": "late"}, {**ITEMS[1], "note": "late"}])
    wanted = [newer, {**ITEMS[1], "note": "late"}, *ITEMS[2:]]

    def served() -> None:
        assert differing(scene.behind.items(scene.new), wanted) == []

    eventually(served, within=30)
    tally.acknowledged(writes=len(ITEMS) + 3, lost=0)
    tally.add("asleep for longer than a lease", 1)
