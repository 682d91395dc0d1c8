"""Calls a script's callbacks after an `up` has applied their versions: each once, in order, all of them.

A callback that raises undoes nothing and stops no other; what it raised is told as a sentence. Asking AWS for a table
comes in as an argument.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.recording.place import place
from pulumi_dynamo_migrator.recording.recorder import Step

Bag = Mapping[str, Any]
Describe = Callable[[str], dict[str, Any]]

_STAYS = (
    "what now: version {version} stays applied, and its callback is not called again: do by hand what it left undone."
)


def newly_applied(new: Bag, old: Bag | None) -> list[int]:
    """The versions that this `up` has applied; what the older library had applied called its own callbacks then."""
    before = {int(step["version"]) for step in (old or {}).get("steps") or ()}
    return sorted(
        version
        for step in new.get("steps") or ()
        if (version := int(step["version"])) not in before and not step.get("by")
    )


async def call_back(steps: Mapping[int, Step], new: Bag, old: Bag | None, *, describe: Describe) -> list[str]:
    """Call what is due; a sentence for each that failed."""
    failures = []
    for version in newly_applied(new, old):
        step = steps.get(version)
        if step is not None and step.callback is not None:
            failures += await _call(step.callback, step, version, new=new, describe=describe)
    return failures


async def _call(callback: Callable[..., Any], step: Step, version: int, *, new: Bag, describe: Describe) -> list[str]:
    named = f"the callback {_name(callback)} of version {version}"
    try:
        given = _reporter(new, version) if step.takes_a_report else describe(str(new["name"]))
    except MigratorError as error:
        return [f"{named} was not called: {error}\n  {_STAYS.format(version=version)}"]
    try:
        result = callback(given)
        if inspect.isawaitable(result):
            await result
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is the user's code, and all that it raises is told
        raised = f"{_place(error, callback)}: {type(error).__name__}{f': {error}' if str(error) else ''}"
        return [f"{named} failed at {raised}\n  {_STAYS.format(version=version)}"]
    return []


def _reporter(new: Bag, version: int) -> Callable[[], dict[str, Any]]:
    """`migrate()`: what was done for the version. It was done before the callback; the call only tells."""
    rows = [row for row in new.get("history") or () if int(row.get("version") or 0) == version and row.get("operation")]
    rows = rows or [row for row in new["steps"] if int(row["version"]) == version]
    report = _plain(rows[-1])

    def migrate() -> dict[str, Any]:
        return dict(report)

    return migrate


def _plain(value: Any) -> Any:
    """Numbers as they were: Pulumi hands every one over as a float."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _name(callback: Any) -> str:
    return str(getattr(callback, "__name__", type(callback).__name__))


def _place(error: BaseException, callback: Callable[..., Any]) -> str:
    """The line of the callback's own file in which it raised; its first line where it was not even begun."""
    code = getattr(inspect.unwrap(callback), "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if code is None or frame.filename == code.co_filename]
    if code is not None and not own:
        return place(code.co_filename, code.co_firstlineno)
    return place(own[-1].filename, own[-1].lineno or 0)
