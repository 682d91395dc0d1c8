"""Threads that work through a list of tasks. The first error stops the others at their next safe point and is raised.

They have the context of whoever runs them. A task may share a part of its work: whoever has no task left takes jobs of
it, so that the last, slowest task does not keep the others idle. Never leaves a thread behind, and never loses an
error: later ones are attached to the first as notes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Stopping = Callable[[], bool]
Task = Callable[[Stopping], None]


class AbandonedError(Exception):
    """Work given up because another worker failed; that one's error is what is told."""


def run_all(tasks: Sequence[Task], *, workers: int) -> None:
    """Run every task on at most `workers` threads; each asks now and then whether it should stop."""
    Crew([_alone(task) for task in tasks]).run(min(workers, len(tasks)))


def run_helping(tasks: Sequence[Callable[[Crew], None]], *, workers: int) -> None:
    """As `run_all`, with as many threads even where there are fewer tasks: they help with what is shared."""
    Crew(tasks).run(workers if tasks else 0)


def _alone(task: Task) -> Callable[[Crew], None]:
    return lambda crew: task(crew.stopping)


class Crew:
    """The workers of one run, as a task sees them."""

    def __init__(self, tasks: Sequence[Callable[[Crew], None]]) -> None:
        self._tasks = deque(tasks)
        self._shares: list[_Share[Any]] = []
        self._busy = 0
        self._stop = threading.Event()
        self._errors: list[BaseException] = []
        self._changed = threading.Condition()

    def stopping(self) -> bool:
        """Whether somebody failed: the work should end at its next safe point."""
        return self._stop.is_set()

    def check(self) -> None:
        """Give the work in hand up when somebody failed."""
        if self._stop.is_set():
            raise AbandonedError

    def share(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Do the jobs, with everybody who has nothing else to do; their results in order, once all are done.

        AbandonedError when one of them, or anybody else, failed meanwhile: then not all of them were done.
        """
        share = _Share(jobs)
        with self._changed:
            self._shares.append(share)
            self._changed.notify_all()
        try:
            while (job := self._take(share)) is not None:
                self.check()
                self._do(share, job)
            with self._changed:
                self._changed.wait_for(lambda: share.left == 0 or self._stop.is_set())
        finally:
            with self._changed:
                self._shares.remove(share)
        self.check()
        return share.results

    def run(self, workers: int) -> None:
        """Work until there is nothing left to do."""
        threads = [
            threading.Thread(target=copy_context().run, args=(self._work,), name=f"copy-{n}") for n in range(workers)
        ]
        try:
            for thread in threads:
                thread.start()
        finally:
            self._join([thread for thread in threads if thread.ident is not None])
        self._raise_first()

    def _work(self) -> None:
        while self._act():
            pass

    def _act(self) -> bool:
        # A function of its own: whoever waits for the next thing to do holds nothing of the last one, which is a page.
        act = self._next()
        if act is None:
            return False
        try:
            act()
        except AbandonedError:
            pass
        except BaseException as error:  # noqa: BLE001 - a thread's error belongs to the caller, whatever it is
            self._fail(error)
        return True

    def _next(self) -> Callable[[], None] | None:
        """What a free worker does next: a task of its own, else a job of somebody's; None when all are through."""
        with self._changed:
            while not self._stop.is_set():
                if self._tasks:
                    self._busy += 1
                    return partial(self._run, self._tasks.popleft())
                for share in self._shares:
                    if share.waiting:
                        return partial(self._do, share, share.waiting.popleft())
                if not self._busy:
                    return None
                self._changed.wait()
        return None

    def _run(self, task: Callable[[Crew], None]) -> None:
        try:
            task(self)
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _take(self, share: _Share[Any]) -> int | None:
        with self._changed:
            return share.waiting.popleft() if share.waiting else None

    def _do(self, share: _Share[Any], job: int) -> None:
        result = share.do(job)
        with self._changed:
            share.results[job] = result
            share.left -= 1
            if not share.left:
                self._changed.notify_all()

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._errors.append(error)
            self._stop.set()
            self._changed.notify_all()

    def _join(self, threads: Sequence[threading.Thread]) -> None:
        try:
            for thread in threads:
                thread.join()
        except BaseException:  # the caller was interrupted: the threads stop at their next safe point
            with self._changed:
                self._stop.set()
                self._changed.notify_all()
            for thread in threads:
                thread.join()
            raise

    def _raise_first(self) -> None:
        if not self._errors:
            return
        first, *others = self._errors
        for other in others:
            first.add_note(f"also, in another thread: {type(other).__name__}: {other}")
        raise first


class _Share(Generic[T]):
    """Jobs of one task: `waiting` for a worker, `left` without a result."""

    def __init__(self, jobs: Sequence[Callable[[], T]]) -> None:
        self.waiting = deque(range(len(jobs)))
        self.left = len(jobs)
        self.results: list[Any] = [None] * len(jobs)
        self._jobs: list[Callable[[], T] | None] = list(jobs)

    def do(self, number: int) -> T:
        """Do a job, once, and forget it: a helper must not hold a page that its owner is through with."""
        job, self._jobs[number] = self._jobs[number], None
        assert job is not None
        return job()
