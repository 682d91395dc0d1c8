"""The engine's output for those who read a file: its live lines now and then, and without what is always the same.

Never used on a terminal, where the engine overwrites its own lines. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

EVERY = 4
"""Seconds of the engine's own clock between two live lines."""
TABLE = r"pulumi-python:dynamic/dynamo:MigratedTable (?P<name>\S+)"
LIVE = re.compile(rf"^ .. *{TABLE} (?P<doing>\w+ing) \((?P<second>\d+)s\) ?(?P<said>.*)$")
DONE = re.compile(rf"^ (?P<sign>.)  {TABLE} (?P<doing>\w+[ed])( [(\[].*)?$")
CHANGES = re.compile(r"^\[diff: [^]]*\](; )?")
NOISE = re.compile(r"^(@ [\w ]+\.+|    pulumi.*)$")
"""Dots that grow, and what stands in the diagnostics once more."""


def thinned(lines: Iterable[str]) -> Iterator[str]:
    """Give the lines worth reading."""
    shown = -EVERY
    for line in lines:
        live, done = LIVE.match(line), DONE.match(line)
        if done is not None:
            yield f" {done['sign']}  {done['name']} {done['doing']}\n\n"
            continue
        if live is None:
            if not NOISE.match(line.rstrip()):
                yield line
            continue
        second, said = int(live["second"]), CHANGES.sub("", live["said"]).strip()
        if said and (second - shown >= EVERY or second < shown):
            shown = second
            yield f" ~  {live['name']} {live['doing']} ({second}s): {said}\n"
