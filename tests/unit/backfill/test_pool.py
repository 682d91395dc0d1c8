"""Threads over a list of tasks."""

from __future__ import annotations

import threading

import pytest

from pulumi_dynamo_migrator.backfill.pool import Stopping, run_all


def test_every_task_runs_and_no_more_at_once_than_there_are_workers() -> None:
    lock, done = threading.Lock(), []
    running = most = 0

    def task(_stopping: Stopping) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1
            done.append(1)

    run_all([task] * 40, workers=3)
    assert len(done) == 40
    assert most <= 3


def test_the_first_error_stops_the_others_and_is_raised() -> None:
    failed = threading.Event()
    seen: list[bool] = []

    def fails(_stopping: Stopping) -> None:
        failed.set()
        raise KeyError("first")

    def waits(stopping: Stopping) -> None:
        assert failed.wait(5)
        while not stopping():
            pass
        seen.append(True)

    def never(_stopping: Stopping) -> None:
        seen.append(False)

    with pytest.raises(KeyError, match="first"):
        run_all([waits, fails, never, never], workers=2)
    assert seen == [True]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("copy-")]


def test_later_errors_are_told_beside_the_first() -> None:
    both = threading.Barrier(2)

    def fails(_stopping: Stopping) -> None:
        both.wait(5)
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as caught:
        run_all([fails, fails], workers=2)
    assert caught.value.__notes__ == ["also, in another thread: ValueError: mine"]


def test_no_task_is_no_work() -> None:
    run_all([], workers=4)
