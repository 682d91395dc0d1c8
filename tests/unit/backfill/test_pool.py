"""Threads over a list of tasks."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from pulumi_dynamo_migrator.backfill.pool import AbandonedError, Crew, Stopping, run_all, run_helping


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
        assert failed.wait(60)
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
        both.wait(60)
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as caught:
        run_all([fails, fails], workers=2)
    assert caught.value.__notes__ == ["also, in another thread: ValueError: mine"]


def test_no_task_is_no_work() -> None:
    run_all([], workers=4)


def test_whoever_has_no_task_helps_with_what_is_shared_and_results_keep_their_order() -> None:
    all_at_once = threading.Barrier(4)
    got: list[int] = []

    def job(number: int) -> int:
        all_at_once.wait(10)  # broken unless four workers are at it
        return number

    run_helping([lambda crew: got.extend(crew.share([partial(job, n) for n in range(4)]))], workers=4)
    assert got == [0, 1, 2, 3]


def test_a_task_of_ones_own_goes_before_helping() -> None:
    begun = threading.Barrier(2)
    done: list[str] = []

    def shares(crew: Crew) -> None:
        begun.wait(10)
        crew.share([lambda: done.append("job")] * 3)

    def alone(_crew: Crew) -> None:
        begun.wait(10)

    run_helping([shares, alone, lambda _crew: done.append("task")], workers=2)
    assert sorted(done) == ["job"] * 3 + ["task"]


def test_a_helper_that_fails_takes_the_work_from_its_owner_and_its_error_is_told_once() -> None:
    helping, after = threading.Event(), []

    def job(number: int) -> None:
        if threading.current_thread() is owner[0]:
            assert helping.wait(10)
            return
        helping.set()
        raise KeyError(f"job {number}")

    owner: list[threading.Thread] = []

    def task(crew: Crew) -> None:
        owner.append(threading.current_thread())
        crew.share([partial(job, n) for n in range(100)])
        after.append("checkpoint")

    with pytest.raises(KeyError, match="job") as caught:
        run_helping([task], workers=2)
    assert after == []
    assert not hasattr(caught.value, "__notes__")


def test_an_owner_that_only_waits_for_its_helper_hears_of_its_failure() -> None:
    mine_is_done = threading.Event()
    owner: list[threading.Thread] = []
    after: list[None] = []
    both = threading.Barrier(2)

    def job() -> None:
        both.wait(10)
        if threading.current_thread() is owner[0]:
            mine_is_done.set()
            return
        assert mine_is_done.wait(10)
        raise KeyError("helper")

    def task(crew: Crew) -> None:
        owner.append(threading.current_thread())
        after.extend(crew.share([job, job]))

    with pytest.raises(KeyError, match="helper"):
        run_helping([task], workers=2)
    assert after == []


def test_who_shares_nothing_keeps_nobody_waiting_after_the_end() -> None:
    def task(crew: Crew) -> None:
        assert crew.share([]) == []

    run_helping([task], workers=4)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("copy-")]


def test_who_is_stopped_gives_the_work_in_hand_up() -> None:
    failed = threading.Event()

    def fails(_crew: Crew) -> None:
        failed.set()
        raise KeyError("first")

    def waits(crew: Crew) -> None:
        assert failed.wait(10)
        while True:
            crew.check()

    with pytest.raises(KeyError, match="first"):
        run_helping([waits, fails], workers=2)


def test_an_error_of_a_job_is_its_task_s_error_too() -> None:
    def job() -> None:
        raise KeyError("mine")

    seen: list[type[BaseException]] = []

    def task(crew: Crew) -> None:
        try:
            crew.share([job])
        except (KeyError, AbandonedError) as error:
            seen.append(type(error))
            raise

    with pytest.raises(KeyError, match="mine"):
        run_helping([task], workers=3)
    assert len(seen) == 1
