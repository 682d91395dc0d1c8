"""The decorators of a migration script, in the order in which they were called, and which of them belong together.

A decorator keeps what it is told and gives its function back. Nothing is judged here: a step without a version, a
version without a step and two of the same are passed on as they are. Only a decorator after the program's end is an
error at once, because nobody would ever hear of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.recording.place import callers_place

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Convert:
    """A conversion as it was given."""

    function: Any
    reverse: Any = None
    distinct_keys: Any = False


@dataclass(frozen=True, slots=True)
class Said:
    """What one decorator was told: a version (then `operation` is None), or an operation with its arguments."""

    where: str
    operation: str | None = None
    version: Any = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    convert: Convert | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A version and its operation, and the function under them; each of the three may be missing."""

    version: Any
    operation: str | None
    arguments: Mapping[str, Any]
    where: str
    convert: Convert | None = None
    callback: Callable[..., Any] | None = None

    @property
    def takes_a_report(self) -> bool:
        """Whether its callback is given `migrate`; otherwise it is given the table."""
        return self.operation in ("convert", "delete_table") or self.convert is not None


class Decorator:
    """One decorator of a script; it gives its function back as it is."""

    def __init__(self, recorder: Recorder, number: int) -> None:
        self._recorder = recorder
        self.number = number

    def __call__(self, function: F) -> F:
        """Belong to this function."""
        self._recorder.apply(self, function)
        return function


class Recorder:
    """Takes down one script."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._said: list[Said] = []
        self._applied: list[tuple[Decorator, Any]] = []
        self._ended = False

    def version(self, number: Any) -> Decorator:
        """`@migrator.version(number)`."""
        return self._say(Said(callers_place(), version=number))

    def operation(self, name: str, arguments: Mapping[str, Any], convert: Convert | None = None) -> Decorator:
        """`@migrator.create(...)` and all the others."""
        return self._say(Said(callers_place(), name, arguments=arguments, convert=convert))

    def _say(self, said: Said) -> Decorator:
        self._refuse_after_end(said)
        self._said.append(said)
        return Decorator(self, len(self._said) - 1)

    def apply(self, decorator: Decorator, target: Any) -> None:
        """A decorator was put on a function, or on another decorator."""
        self._refuse_after_end(self._said[decorator.number])
        self._applied.append((decorator, target))

    def _refuse_after_end(self, said: Said) -> None:
        if self._ended:
            raise MigratorError(
                f"The script {self._name} has ended, and {callers_place()} adds {said.operation or 'a version'} to it.",
                now="put every step at the top level of the program (or of a module that it imports).",
            )

    def end(self) -> tuple[Step, ...]:
        """The program has ended: the steps, in the order of their first decorators."""
        self._ended = True
        return steps(self._said, [(decorator.number, target) for decorator, target in self._applied])


def steps(said: Sequence[Said], applied: Sequence[tuple[int, Any]]) -> tuple[Step, ...]:
    """Bring versions and operations together: those on one function, from the inside out.

    `applied` says which decorator (by its place in `said`) was put on what: a function, or another decorator.
    """
    partner: dict[int, int] = {}
    function: dict[int, Any] = {}
    waiting: dict[tuple[bool, int], list[int]] = {(True, number): [number] for number in range(len(said))}
    for number, target in applied:
        bare = isinstance(target, Decorator)
        if not bare:
            function[number] = target
        others = waiting.setdefault((bare, target.number if bare else id(target)), [])
        if number in partner:
            continue
        found = [one for one in others if one not in partner and _complement(said[one], said[number])]
        if found:
            partner[number], partner[found[-1]] = found[-1], number
        others.append(number)
    firsts = [number for number in range(len(said)) if number <= partner.get(number, number)]
    return tuple(_step(said, number, partner.get(number, number), function) for number in firsts)


def _complement(one: Said, other: Said) -> bool:
    return (one.operation is None) != (other.operation is None)


def _step(said: Sequence[Said], number: int, partner: int, function: Mapping[int, Any]) -> Step:
    pair = (said[number], said[partner])
    does = next((one for one in pair if one.operation is not None), pair[0])
    version = next((one.version for one in pair if one.operation is None), None)
    under = function.get(number, function.get(partner))
    callback = under if callable(under) else None
    return Step(version, does.operation, does.arguments, does.where, does.convert, callback)
