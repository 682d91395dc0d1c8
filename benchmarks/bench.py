"""`make bench`: everything that is said about speed, measured on this machine. Prints tables and the targets that are
met or not, writes JSON, draws docs/copy-speed.svg where asked.

    make bench                                     # every part: a quarter of an hour on an idle machine
    make bench ARGS="--part preview --part memory" # some of them
    make bench ARGS="--wire"                       # the race on the wire stub alone; so do --only and --tls
    make bench ARGS="--quick"                      # does everything run? It measures nothing
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CalledProcessError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.findings import Findings, closing_lines
from benchmarks.parts import PARTS, Asked, CannotRunError, Part, about, chosen
from benchmarks.picture import picture
from benchmarks.wire_stub import ITEMS
from tools.process_group import heed_interrupts

QUICK = {"rounds": 1, "pages": 1, "items": 60}


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 1 where a part could not run."""
    told = _parser().parse_args(arguments)
    asked = _asked(told)
    heed_interrupts()
    alone = told.wire or asked.tls or asked.only
    parts = list(chosen(["wire"] if alone else told.part or []))
    said = about(asked)
    print(*(f"{name}: {value}" for name, value in said.items()), sep="\n")
    if asked.quick:
        print("--quick: everything runs, and no figure below says anything")
    found: dict[str, Findings] = {}
    try:
        run(parts, asked, found)
    finally:  # what was measured before an error took its time
        if told.json:
            _write(told.json, json.dumps(report(said, found), indent=1))
    goals = [goal for findings in found.values() for goal in findings.goals]
    if goals:
        print("\n## Targets\n", *closing_lines(goals), sep="\n")
    if told.picture and "wire" in found:
        _write(told.picture, picture(report(said, found)))
    return 0 if len(found) == len(parts) else 1


def run(parts: Sequence[Part], asked: Asked, found: dict[str, Findings]) -> None:
    """Each part in turn, its tables as soon as it is done; those that cannot run are told, and missing in `found`."""
    for part in parts:
        print(f"\n## {part.headline}", flush=True)
        try:
            found[part.name] = part.measure(asked, _tell)
        except (CannotRunError, AssertionError, CalledProcessError) as error:  # the last two: a command failed
            _tell(f"{part.name} is left out: {error}")
            continue
        for table in found[part.name].tables:
            print("", *table, sep="\n", flush=True)


def report(said: Mapping[str, object], found: Mapping[str, Findings]) -> dict[str, object]:
    """Everything, for a file."""
    return {**said, "parts": {name: findings.as_json() for name, findings in found.items()}}


def _asked(told: argparse.Namespace) -> Asked:
    given = {name: getattr(told, name) for name in QUICK}
    sizes = {name: (QUICK if told.quick else FULL)[name] if value is None else value for name, value in given.items()}
    return Asked(**sizes, tls=told.tls, only=told.only or (), quick=told.quick)


FULL = {"rounds": 5, "pages": 4, "items": ITEMS}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure what is said about speed, beside the peers.")
    parser.add_argument("--part", action="append", choices=[part.name for part in PARTS], help="this one; again: more")
    parser.add_argument("--wire", action="store_true", help="the race on the wire stub alone")
    parser.add_argument("--rounds", type=int, help="how often each contender runs (5); slow parts take fewer")
    parser.add_argument("--pages", type=int, help="pages that the slowest ones of the race work on (4)")
    parser.add_argument("--items", type=int, help=f"items on a page, about 270 bytes each ({ITEMS})")
    parser.add_argument("--tls", action="store_true", help="the race alone, over TLS")
    parser.add_argument("--only", action="append", help="the race alone: contenders and fields with this word")
    parser.add_argument("--quick", action="store_true", help="as little of everything as there can be")
    parser.add_argument("--json", type=Path, help="write all samples to this file")
    parser.add_argument("--picture", type=Path, help="draw the copies of the race into this SVG file")
    return parser


def _write(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
