"""Reads keywords as a script gives them. What misfits is told and read as not given; nothing is put right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from pulumi_dynamo_migrator.lowering.step import Step, Teller

Tell = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """A dict of keywords; `path` says where in the step's arguments it stands ("": it is the arguments)."""

    keywords: Mapping[str, Any]
    path: str
    tell: Tell

    def __contains__(self, name: str) -> bool:
        return name in self.keywords

    def at(self, name: str) -> str:
        """A keyword's whole name."""
        return f"{self.path}.{name}" if self.path else name

    def only(self, *names: str) -> Given:
        """Tell of every keyword that is none of these."""
        for name in self.keywords:
            if name not in names:
                near = get_close_matches(name, names, n=1)
                hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(names) or 'none'}."
                self.tell(f"unknown keyword {self.at(name)}; {hint}")
        return self

    def text(self, name: str) -> str | None:
        """A text."""
        return self._a(str, name, "text")

    def switch(self, name: str) -> bool | None:
        """True or False."""
        return self._a(bool, name, "True or False")

    def whole(self, name: str) -> int | None:
        """A whole number."""
        return self._a(int, name, "a whole number")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.keywords.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._misfit(name, "a list of texts")
            return ()
        return tuple(value)

    def inner(self, name: str) -> Given | None:
        """A dict."""
        value: dict[str, Any] | None = self._a(dict, name, "a dict")
        return None if value is None else Given(value, self.at(name), self.tell)

    def many(self, name: str) -> list[Given]:
        """A list of dicts."""
        value = self.keywords.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self._misfit(name, "a list of dicts")
            return []
        found = []
        for number, one in enumerate(value):
            path = f"{self.at(name)}[{number}]"
            if isinstance(one, dict):
                found.append(Given(one, path, self.tell))
            else:
                self.tell(f"{path} must be a dict; it is {one!r}.")
        return found

    def needed(self, name: str, allowed: tuple[str, ...] = ()) -> str | None:
        """A text that must be there, and may have to be one of a few words."""
        if name not in self.keywords:
            self.tell(f"{self.path or 'it'} has no {name}: give it one.")
        return self.one_of(name, allowed) if allowed else self.text(name)

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """One of a few words."""
        value = self.text(name)
        if value is None or value in allowed:
            return value
        self._misfit(name, f"one of {', '.join(allowed)}")
        return None

    def _a(self, kind: type[T], name: str, words: str) -> T | None:
        value = self.keywords.get(name)
        if isinstance(value, kind) and isinstance(value, bool) is (kind is bool):
            return value
        if value is not None:
            self._misfit(name, words)
        return None

    def _misfit(self, name: str, words: str) -> None:
        self.tell(f"{self.at(name)} must be {words}; it is {self.keywords[name]!r}.")


def of_aws(step: Step, tell: Teller) -> Given:
    """The arguments of a step that are AWS's own keywords."""
    return Given(step.arguments, "", tell.form)


def of_ours(step: Step, tell: Teller) -> Given:
    """The arguments of a step that no request of AWS takes."""
    return Given(step.arguments, "", tell)
