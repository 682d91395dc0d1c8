"""The input property `script` as steps, and what is wrong with one, told with its place. Never judges arguments.

The property has been through Pulumi: whole numbers may be floats, and what was None may be gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One decorated step as it was written.

    `version` is None where `given_version` is no version; `operation` is the word that the script uses.
    """

    version: int | None
    given_version: Any
    operation: str
    arguments: dict[str, Any]
    conversion: Mapping[str, Any] | None
    where: str
    misread: str = ""

    def __str__(self) -> str:
        """Its number and its place: the head of every sentence about it."""
        number = "a step without a version" if self.version is None else f"version {self.version}"
        return f"{number} ({self.where})" if self.where else number

    @property
    def place(self) -> str:
        """Its word and its place, for sentences about numbers."""
        return f"{self.operation} ({self.where})" if self.where else self.operation

    @property
    def kind(self) -> str:
        """The operation; two words for the same are one."""
        return _SAME.get(self.operation, self.operation)


_SAME = {"add_indexes": "add_index", "remove_indexes": "remove_index"}


@dataclass(frozen=True, slots=True)
class Teller:
    """Collects what is wrong with one step. `form` is for what AWS's own model of the request would tell as well."""

    step: Step
    problems: list[str]
    malformed: list[str]

    def __call__(self, text: str) -> None:
        """Tell one thing, once."""
        sentence = self._sentence(text)
        if sentence not in self.problems:
            self.problems.append(sentence)

    def form(self, text: str) -> None:
        """Tell that an argument does not have the form that AWS asks for."""
        self(text)
        self.malformed.append(self._sentence(text))

    def consequence(self, text: str) -> None:
        """Tell one thing, but not where the step has a wrong form: it may come from that."""
        head = self._sentence("")
        if not any(one.startswith(head) for one in self.malformed):
            self(text)

    def _sentence(self, text: str) -> str:
        return f"{self.step}: {self.step.operation}: {text}"


def steps_of(script: Any) -> tuple[Step, ...]:
    """The steps as they stand in the script; what is no step at all is a step without a version and an operation."""
    given = script.get("steps") if isinstance(script, Mapping) else None
    return tuple(_step(one) for one in given) if isinstance(given, list | tuple) else ()


def _step(one: Any) -> Step:
    bag = one if isinstance(one, Mapping) else {}
    arguments, conversion = plain(bag.get("arguments")), bag.get("conversion")
    misread = ""
    if not isinstance(one, Mapping):
        misread = f"this is no step, but {one!r}: use the migrator's decorators."
    elif bag.get("operation") is None:
        misread = "nothing is to be done: put @migrator.create, @migrator.convert or another operation under it."
    elif arguments is not None and not isinstance(arguments, dict):
        misread = f"its arguments must be keywords; they are {arguments!r}."
    elif conversion is not None and not isinstance(conversion, Mapping):
        misread = f"its conversion must be a function that was captured; it is {conversion!r}."
    return Step(
        version=_number(bag.get("version")),
        given_version=bag.get("version"),
        operation=str(bag.get("operation") or "no operation"),
        arguments=arguments if isinstance(arguments, dict) else {},
        conversion=conversion if isinstance(conversion, Mapping) else None,
        where=str(bag.get("where") or ""),
        misread=misread,
    )


def _number(value: Any) -> int | None:
    whole = whole_number(value)
    return whole if whole is not None and whole >= 1 else None


def whole_number(value: Any) -> int | None:
    """The number, if it is one without a fraction."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        return None
    return int(value)


def plain(value: Any) -> Any:
    """The value as it was before Pulumi: floats that are whole are ints, None in dicts is left out."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
