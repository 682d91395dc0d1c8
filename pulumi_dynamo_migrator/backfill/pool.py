"""Threads that work through a list of tasks. The first error stops the others at their next safe point and is raised.

They have the context of whoever runs them. Never leaves a thread behind, and never loses an error: later ones are
attached to the first as notes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from queue import Empty, SimpleQueue

Stopping = Callable[[], bool]
Task = Callable[[Stopping], None]


def run_all(tasks: Sequence[Task], *, workers: int) -> None:
    """Run every task on at most `workers` threads; each asks now and then whether it should stop."""
    pool = _Pool(tasks)
    threads = [
        threading.Thread(target=copy_context().run, args=(pool.work,), name=f"copy-{n}")
        for n in range(min(workers, len(tasks)))
    ]
    try:
        for thread in threads:
            thread.start()
    finally:
        pool.join([thread for thread in threads if thread.ident is not None])
    pool.raise_first()


class _Pool:
    def __init__(self, tasks: Sequence[Task]) -> None:
        self._queue: SimpleQueue[Task] = SimpleQueue()
        for task in tasks:
            self._queue.put(task)
        self._stop = threading.Event()
        self._errors: list[BaseException] = []

    def work(self) -> None:
        while not self._stop.is_set():
            try:
                task = self._queue.get_nowait()
            except Empty:
                return
            try:
                task(self._stop.is_set)
            except BaseException as error:  # noqa: BLE001 - a thread's error belongs to the caller, whatever it is
                self._errors.append(error)
                self._stop.set()

    def join(self, threads: Sequence[threading.Thread]) -> None:
        try:
            for thread in threads:
                thread.join()
        except BaseException:  # the caller was interrupted: the threads stop at their next safe point
            self._stop.set()
            for thread in threads:
                thread.join()
            raise

    def raise_first(self) -> None:
        if not self._errors:
            return
        first, *others = self._errors
        for other in others:
            first.add_note(f"also, in another thread: {type(other).__name__}: {other}")
        raise first
