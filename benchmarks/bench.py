"""`make bench`: the data path and its peers, side by side on this machine. Prints tables, writes JSON.

Rates are items per second of the client's own CPU: what the stub and the machine's other work take does not count.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.contenders.names import CONTENDERS, Contender, Field
from benchmarks.race import Sample, race
from benchmarks.table import lines_of, rows_of
from benchmarks.wire_stub import ITEMS, NoStubError, WireStub


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for."""
    asked = _parser().parse_args(arguments)
    contenders = [
        one for one in CONTENDERS if any(word in f"{one.name} {one.field.name}" for word in asked.only or [""])
    ]
    try:
        with WireStub.start(items=asked.items, tls=asked.tls) as stub:
            samples = race(contenders, stub, rounds=asked.rounds, pages=asked.pages, tell=_tell)
    except NoStubError as error:
        _tell(str(error))
        return 1
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "tls": asked.tls,
        "rounds": asked.rounds,
        "pages": asked.pages,
        "items_per_page": asked.items,
    }
    if asked.json:
        asked.json.write_text(json.dumps(report(about, contenders, samples), indent=1) + "\n", encoding="utf-8")
    print(f"items per CPU-second of the client; {', '.join(f'{name} {value}' for name, value in about.items())}\n")
    for field in Field:
        rows = rows_of(field, contenders, samples)
        if rows:
            print(*lines_of(field, rows), "", sep="\n")
    return 0


def report(about: dict[str, object], contenders: Sequence[Contender], samples: Sequence[Sample]) -> dict[str, object]:
    """Everything, for a file."""
    fields = {field.name.lower(): [asdict(row) for row in rows_of(field, contenders, samples)] for field in Field}
    return {**about, "fields": fields, "samples": [asdict(sample) for sample in samples]}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure the data path and its peers, side by side.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each contender runs (5)")
    parser.add_argument("--pages", type=int, default=4, help="pages that the slowest ones work on (4)")
    parser.add_argument("--items", type=int, default=ITEMS, help=f"items on a page, about 270 bytes each ({ITEMS})")
    parser.add_argument("--tls", action="store_true", help="over TLS")
    parser.add_argument("--only", action="append", help="contenders and fields with this word in their name")
    parser.add_argument("--json", type=Path, help="write all samples to this file")
    return parser


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
