"""When a checkpoint is kept."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.backfill.checkpoints import Checkpoints
from pulumi_dynamo_migrator.backfill.segments import Segment, Tally
from tests.fakes.copying import FakeLedger, JumpingClock


class LostError(Exception):
    pass


class Scene:
    """Checkpoints of one segment, every 10 seconds; `lost`: the guard raises."""

    def __init__(self) -> None:
        self.ledger = FakeLedger()
        self.clock = JumpingClock()
        self.lost = False

    def checkpoints(self) -> Checkpoints:
        return Checkpoints(self.ledger, guard=self.guard, every=10.0, clock=self.clock)

    def guard(self) -> None:
        if self.lost:
            raise LostError("the lease is gone")

    @property
    def kept(self) -> list[int]:
        return [segment.tally.read for segment in self.ledger.saves]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def at(read: int) -> Segment:
    return Segment(0, 1, cursor=b"{}", tally=Tally(read=read))


def test_one_is_kept_when_it_is_time_and_when_it_is_left(scene: Scene) -> None:
    with scene.checkpoints() as checkpoints:
        for read in range(1, 8):
            scene.clock.sleep(4.0)
            checkpoints.reached(at(read))
    assert scene.kept == [3, 6, 7]


def test_the_end_of_a_segment_is_kept_at_once(scene: Scene) -> None:
    with scene.checkpoints() as checkpoints:
        checkpoints.reached(Segment(0, 1, done=True, tally=Tally(read=1)))
        assert scene.kept == [1]
    assert scene.kept == [1]


def test_where_nothing_was_reached_nothing_is_written(scene: Scene) -> None:
    with scene.checkpoints():
        pass
    assert scene.kept == []


def fail(scene: Scene, error: Exception) -> None:
    """Reach something, and fail before it is time for a checkpoint."""
    with scene.checkpoints() as checkpoints:
        checkpoints.reached(at(5))
        raise error


def test_who_fails_keeps_what_was_reached_before(scene: Scene) -> None:
    with pytest.raises(KeyError):
        fail(scene, KeyError())
    assert scene.kept == [5]


def test_nothing_is_written_after_the_guard_has_raised(scene: Scene) -> None:
    scene.lost = True
    with pytest.raises(LostError) as caught:
        fail(scene, LostError("the lease is gone"))
    assert scene.kept == []
    assert not getattr(caught.value, "__notes__", [])


def test_a_checkpoint_that_cannot_be_kept_is_told_beside_the_first_error(scene: Scene) -> None:
    scene.lost = True
    with pytest.raises(KeyError) as caught:
        fail(scene, KeyError())
    assert caught.value.__notes__ == ["also, no checkpoint was kept: LostError: the lease is gone"]
