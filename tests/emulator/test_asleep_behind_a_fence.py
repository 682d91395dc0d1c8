"""Whoever falls asleep behind its fence, and wakes when the fence has ended, moves nothing; what was written is kept.

The process is stopped (SIGSTOP) while it waits for an answer, until the policy proxy accepts a write to the old table:
DateLessThan has come true. A flip on stale knowledge would leave that write behind, in a table that nobody reads.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.scene import Scene, differing, scene_in
from tests.eventually import eventually
from tests.soaking import Tally
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

Item = dict[str, Any]
ITEMS: list[Item] = [{"id": f"k{number:02}", "at": number} for number in range(30)]
MEANWHILE: Item = {"id": "meanwhile", "at": 7}
RANGED: dict[str, Any] = {"hash_key": "id", "range_key": "at", "attributes": {"id": "S", "at": "N"}}
FENCE = {"fence": True}
SHORT = {"fence": 6, "fence_renewal": 1, "fence_margin": 2, "lease": 60}
LEASE = {"fence": 6, "fence_renewal": 1, "fence_margin": 2, "lease": 4, "heartbeat": 0.5}


@pytest.fixture
def scene(fenced_aws: EmbeddedAws) -> Iterator[Scene]:
    with scene_in(fenced_aws) as scene:
        scene.begin(ITEMS)
        yield scene


def up_in(scene: Scene, timing: Mapping[str, float]) -> dict[str, Any]:
    """An `up` whose fence ends soon; the others have more time than a busy machine takes."""
    whole = scene.life.timing
    scene.life.timing = json.dumps({**json.loads(whole), **timing})
    process = scene.start(**RANGED, migration=FENCE)
    scene.life.timing = whole
    return scene.ended(process)


def written(scene: Scene) -> None:
    """A write is accepted once the fence has ended by itself."""
    try:
        scene.account.put(scene.old, [MEANWHILE])
    except ClientError as error:
        raise AssertionError(str(error)) from error


def sleep_until_it_ended(scene: Scene) -> None:
    """The process that is asking sleeps; meanwhile the fence ends and somebody writes. Then it wakes."""
    process = scene.stage.victim
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(ClientError, match="explicit deny"):
            scene.account.put(scene.old, [MEANWHILE])
        eventually(lambda: written(scene), within=30, every=0.2)
    finally:
        process.send_signal(signal.SIGCONT)


def behind_the_fence(scene: Scene) -> bool:
    """Whether the replicator was stopped: what is read now is the proof."""
    return scene.behind.word() == "stop"


def flips(asked: dict[str, Any]) -> bool:
    """Whether a transaction says in the ledger that the second version is served."""
    puts = [one["Put"]["Item"] for one in asked["TransactItems"] if "Put" in one]
    return any(item.get("served") == {"N": "2"} for item in puts)


def ends_well(scene: Scene, *, tally: Tally) -> None:
    """The next `up` moves what is there now."""
    outputs = scene.up(**RANGED, migration=FENCE)
    assert (outputs["phase"], outputs["version"], outputs["error"]) == ("ready", 2, None)
    for table in (scene.old, scene.new):
        assert differing(scene.behind.items(table), [*ITEMS, MEANWHILE]) == []
    tally.acknowledged(writes=len(ITEMS) + 1, lost=0)
    tally.add("asleep until the fence had ended", 1)


def test_asleep_while_it_compares(scene: Scene, tally: Tally) -> None:
    scene.stage.cue(
        "Scan", lambda: sleep_until_it_ended(scene), table=scene.new, when=lambda _asked: behind_the_fence(scene)
    )
    outputs = up_in(scene, SHORT)
    assert (outputs["phase"], outputs["version"], outputs["name"]) == ("failed", 1, scene.old)
    assert "ended before it could be renewed" in outputs["error"]
    scene.account.put(scene.old, [MEANWHILE])  # nobody is denied any more
    ends_well(scene, tally=tally)


def test_asleep_while_the_flip_is_on_its_way_and_is_lost(scene: Scene, tally: Tally) -> None:
    """Guards against boto3's repeat: it signs anew, and such a flip was taken."""

    def lose() -> None:
        sleep_until_it_ended(scene)
        raise ConnectionError("lost")

    scene.stage.cue("TransactWriteItems", lose, when=flips)
    outputs = up_in(scene, SHORT)
    assert (outputs["phase"], outputs["version"], outputs["name"]) == ("failed", 1, scene.old)
    assert "too short to move the outputs" in outputs["error"]
    ends_well(scene, tally=tally)


def test_asleep_for_longer_than_its_lease_while_another_one_finishes(scene: Scene, tally: Tally) -> None:
    """It wakes in the middle of its proof, behind a fence that is another's by then, and changes nothing."""
    ends: list[dict[str, Any]] = []

    def another() -> None:
        sleeper = scene.stage.victim
        assert sleeper is not None
        sleeper.send_signal(signal.SIGSTOP)
        try:
            eventually(lambda: written(scene), within=30, every=0.2)
            other = replace(scene.life)
            ends.append(other.up(scene.bag(**RANGED, migration=FENCE)))
        finally:
            scene.stage.victim = sleeper
            sleeper.send_signal(signal.SIGCONT)

    scene.stage.cue("Scan", another, table=scene.new, when=lambda _asked: behind_the_fence(scene))
    outputs = up_in(scene, LEASE)
    assert [(one["phase"], one["version"], one["error"]) for one in ends] == [("ready", 2, None)]
    assert outputs["phase"] == "failed"
    assert "lease" in outputs["error"]
    with pytest.raises(ClientError, match="explicit deny"):
        scene.account.put(scene.old, [ITEMS[0]])
    ends_well(scene, tally=tally)
