"""Work that goes on one port call at a time, as its driver wishes: several invocations, each in several lanes.

Every strand is a thread that stands still before each call of a port until it is told to go on, so at any moment one
of them runs and the order is the driver's alone: the same driver gives the same run. `Strands` takes the place of the
replicator's thread pool. What is killed dies where it stands, in all its strands; nothing of it runs again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from tests.fakes.tables import Calls, KilledError

T = TypeVar("T")


@dataclass(eq=False)
class _Strand:
    """One thread of an invocation."""

    owner: Work
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    waits: Callable[[], bool] | None = None  # whether what it waits for is there
    left: int = 0  # calls that it may make before it stands still again
    ended: bool = False


@dataclass(eq=False)
class Work:
    """One invocation under way."""

    turns: Turns
    random: Random
    strands: list[_Strand] = field(default_factory=list)
    killed: bool = False
    dies_after: bool = False  # the next call takes effect, and is the last
    value: Any = None
    error: BaseException | None = None
    calls: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs any more."""
        return all(strand.ended for strand in self.strands)

    def go_on(self, calls: int) -> bool:
        """Let it make so many calls, its lanes in a random order; whether it has ended."""
        until = self.calls + calls
        while not self.ended and self.calls < until:
            ready = [one for one in self.strands if not one.ended and (one.waits is None or one.waits())]
            strand = ready[0] if len(ready) == 1 else self.random.choice(ready)
            strand.left = until - self.calls if len(ready) == 1 else 1
            self.turns.run(strand)
        return self.ended

    def kill(self, *, after: bool = False) -> None:
        """It dies before its next call, or when that has taken effect."""
        if after and not self.ended:
            self.dies_after = True
            self.go_on(1)
        self.killed = True
        for strand in self.strands:
            if not strand.ended:
                self.turns.run(strand)

    def executor(self, _workers: int) -> Executor:
        """What the replicator's code takes for a thread pool."""
        return Strands(self)


class Turns(Calls):
    """Every call of a port made by work passes here and waits for its turn; other callers pass at once."""

    def __init__(self) -> None:
        super().__init__()
        self._back = threading.Semaphore(0)
        self._running: _Strand | None = None

    @property
    def running(self) -> Work | None:
        """Whose turn it is."""
        return self._running.owner if self._running else None

    def start(self, do: Callable[[Work], Any], *, seed: int = 0) -> Work:
        """Begin, and stand still before the first call."""
        work = Work(self, Random(seed))

        def whole() -> None:
            try:
                work.value = do(work)
            except BaseException as error:  # noqa: BLE001 (a killed one too: the driver asks)
                work.error = error

        self.run(self.strand(work, whole))
        return work

    def strand(self, work: Work, do: Callable[[], None]) -> _Strand:
        """One more thread of the work, which has not begun."""
        strand = _Strand(work)

        def body() -> None:
            strand.go.acquire()
            try:
                if not work.killed:
                    do()
            finally:
                strand.ended = True
                self._back.release()

        work.strands.append(strand)
        threading.Thread(target=body, daemon=True).start()
        return strand

    def run(self, strand: _Strand) -> None:
        """Let it run until it stands still or ends."""
        before, self._running = self._running, strand
        strand.go.release()
        self._back.acquire()
        self._running = before

    def through(self, effect: Callable[[], T]) -> T:
        """One call."""
        strand = self._running
        if strand is None:
            return effect()
        work = strand.owner
        if work.killed:
            raise KilledError
        if strand.left <= 0 or len([one for one in work.strands if not one.ended]) > 1:
            self.stand(strand)
        strand.left -= 1
        work.calls += 1
        result = effect()
        if work.dies_after:
            work.killed = True
            raise KilledError
        return result

    def stand(self, strand: _Strand) -> None:
        """Stand still until it is this strand's turn."""
        self._back.release()
        strand.go.acquire()
        if strand.owner.killed:
            raise KilledError

    def wait(self, there: Callable[[], bool]) -> None:
        """The running strand stands still until something is there."""
        strand = self._running
        assert strand is not None
        if not there() and not strand.owner.killed:
            strand.waits = there
            self.stand(strand)
            strand.waits = None


class _Result(Future[Any]):
    """A future whose reader stands still instead of blocking."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def result(self, timeout: float | None = None) -> Any:
        """What the strand gave."""
        self._turns.wait(self.done)
        return super().result(timeout=0)


class Strands(Executor):
    """A thread pool of one invocation whose threads take turns."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._results: list[_Result] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Begin a strand; it stands still before it has done anything."""
        result = _Result(self._work.turns)

        def do() -> None:
            if not result.set_running_or_notify_cancel():
                return
            try:
                result.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 (handed to whoever asks for the result)
                result.set_exception(error)

        self._results.append(result)
        self._work.turns.strand(self._work, do)
        return result

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stand still until all have ended."""
        if wait:
            self._work.turns.wait(lambda: all(result.done() for result in self._results))
