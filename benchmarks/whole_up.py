"""A whole `pulumi up` that changes a table's keys, phase by phase, beside bare clients on the same embedded AWS.

    python benchmarks/whole_up.py                 # 10,000 and 100,000 items
    python benchmarks/whole_up.py 20000 --rounds 3

Each round, on an empty AWS: `up` makes the table; a bare client fills it by PartiQL inserts; pydynox copies it bare;
`up` with the other keys does the whole migration, while its ledger tells where it stands and /proc how much memory its
plugin holds. Waits are shortened as in the stack tests, and told: with those of real AWS a hand-over takes minutes,
however few items there are. Needs Linux; asserts nothing about time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.findings import Findings
from benchmarks.parts import Asked, CannotRunError, Tell
from benchmarks.stacks import environment
from benchmarks.whole.figures import Round, goals, peer_lines, phase_lines
from benchmarks.whole.peak import Peak
from benchmarks.whole.phases import PAUSE, Look, Phase, look_at, phases_of
from benchmarks.whole.table import BEFORE, after, dynamodb, make_plain
from pulumi_dynamo_migrator.aws.ledger import Ledger
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.system import TIMING_VARIABLE, SystemClock
from tests.stacks.conftest import TIMING
from tests.stacks.harness import Program, Running
from tests.stacks.processes import plugins
from tools.embedded_aws import EmbeddedAws
from tools.shell_env import ROOT

SIZES = (10_000, 100_000)
ROUNDS = 3
SEGMENTS = 8
"""As few as there are workers: the emulator sorts and hashes the whole table for each page of a segmented scan.
DynamoDB does not, and the copy's own choice, which is 32 here, costs nothing there."""
BARE = "bare-copy"
PATIENT = {"lease": 60, "heartbeat": 3}
"""As on AWS: the emulator answers nobody for seconds while it scans a large table."""


def measure(asked: Asked, tell: Tell) -> Findings:
    """Tables of each size; the smaller ones once."""
    sizes = (300,) if asked.quick else SIZES
    rounds = [one for items in sizes[:-1] for one in rounds_of(items, 1, tell)]
    rounds += rounds_of(sizes[-1], asked.times(ROUNDS), tell)
    tables = [list(phase_lines(rounds)), list(peer_lines(rounds))]
    return Findings(tables, list(goals(rounds)), {"samples": [one.as_json() for one in rounds]})


def rounds_of(items: int, rounds: int, tell: Tell, *, segments: int | None = SEGMENTS) -> list[Round]:
    """So many rounds, all on one AWS that is emptied before each."""
    found = []
    with tempfile.TemporaryDirectory() as place, EmbeddedAws.start(log=Path(place) / "aws.log") as aws:
        for number in range(rounds):
            aws.reset()
            found.append(_round(aws, items, Path(place) / str(number), segments))
            tell(f"round {number + 1}: {items:,} items: {found[-1].whole:.1f} s")
    return found


def _round(aws: EmbeddedAws, items: int, folder: Path, segments: int | None) -> Round:
    told = {**environment(aws), TIMING_VARIABLE: json.dumps({**TIMING, **PATIENT})}
    with Program(BEFORE, folder=folder, environment=told) as program:
        program.up("--skip-preview").ok()
        table = str(program.outputs()["name"])
        program.edit(after(segments))
        empty = _preview(program)
        inserts = _bare(aws, "insert", table, str(items))
        assert inserts is not None
        full = _preview(program)
        with _plain_table(aws):
            bare = _bare(aws, "copy", table, BARE)
        phases, peak = _up(program, Ledger(dynamodb(aws), clock=SystemClock(), timing=Timing()))
    return Round(items, inserts, bare, (empty, full), phases, peak.mb, peak.processes)


def _preview(program: Program) -> float:
    began = time.perf_counter()
    program.preview().ok()
    return time.perf_counter() - began


@contextmanager
def _plain_table(aws: EmbeddedAws) -> Iterator[None]:
    client = dynamodb(aws)
    make_plain(client, BARE)
    yield
    client.delete_table(TableName=BARE)


def _bare(aws: EmbeddedAws, *arguments: str) -> float | None:
    """Seconds of a bare client, in its own process; None where its library is not installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.bare_copy", *arguments],
        cwd=ROOT,
        env={**kept, **aws.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    if "No module named 'pydynox'" in ended.stderr:
        return None
    if ended.returncode:
        raise CannotRunError(f"the bare client failed:\n{ended.stderr.strip()}")
    return float(json.loads(ended.stdout)["seconds"])


def _up(program: Program, ledger: Ledger) -> tuple[dict[Phase, float], Peak]:
    """Run the `up`, preview included, and look at ledger and processes until it has ended."""
    (entry,) = ledger.entries()
    looks: list[Look] = []
    peak, pid = Peak(), 0
    began = time.time()
    running = program.start("up", "--yes")
    while running.process.poll() is None:
        looks.append(_look(running, ledger, entry.id))
        if not (pid and peak.look(pid)):
            pid = next((plugin.pid for plugin in plugins(running.mark)), 0)  # the preview has one of its own
        time.sleep(PAUSE)
    ended = time.time()
    running.wait().ok()
    looks.append(_look(running, ledger, entry.id))
    return phases_of(began, looks, ended), peak


def _look(running: Running, ledger: Ledger, entry_id: str) -> Look:
    entry = ledger.read(entry_id)
    assert entry is not None
    return look_at(entry, 2, at=time.time(), updating="Updating (" in running.text)


def main(arguments: Sequence[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("items", nargs="*", type=int, default=SIZES)
    parser.add_argument("--rounds", type=int, default=1, help="of each size")
    parser.add_argument("--segments", type=int, default=SEGMENTS, help="0: as many as the copy takes by itself")
    told = parser.parse_args(arguments)
    rounds = [
        one
        for items in told.items
        for one in rounds_of(items, told.rounds, lambda _: None, segments=told.segments or None)
    ]
    print(*phase_lines(rounds), "", *peer_lines(rounds), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
