"""One process against several: `python -m benchmarks.processes [--processes 2] [--rounds N] [--pages N]`.

The same copy, as it is and through a conversion, with as many requests in flight. Told are items per second of the
wall's clock and of the client's CPU (the parent's and its workers'), and what several processes come to of one. Their
start counts. The stub takes processors too: on a machine with two of them the wall's clock says little of more.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.contenders.ours import IDENTITY, converting
from benchmarks.findings import Findings, goal_of
from benchmarks.parts import Asked, CannotRunError, Tell
from benchmarks.race import ROOT, ContenderError, Sample, environment
from benchmarks.site import source, target
from benchmarks.wire_stub import ITEMS, NoStubError, WireStub
from pulumi_dynamo_migrator.aws.doors import connect
from pulumi_dynamo_migrator.aws.lending import lend
from pulumi_dynamo_migrator.backfill.job import BackfillJob
from pulumi_dynamo_migrator.backfill.run import run_backfill
from pulumi_dynamo_migrator.backfill.segments import PER_WORKER
from pulumi_dynamo_migrator.fleet.division import Outfit
from pulumi_dynamo_migrator.fleet.run import WorkerFleet
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.system import SystemClock

IN_FLIGHT = 4
PAGES = 200
BOUND = 1.8
"""What two processes are to come to of one, by the wall's clock."""
COPIES = {"as it is": lambda: IDENTITY, "through a conversion": converting}


def copy(name: str, processes: int, pages: int) -> None:
    """Copy once, in this process or by workers of it, and print what it took as JSON."""
    clock, timing, chain = SystemClock(), Timing(), COPIES[name]()
    doors = connect({}, {}, clock=clock, timing=timing)
    fleet = WorkerFleet(Outfit(processes, lend(doors.session), clock, timing)) if processes > 1 else None
    workers = max(IN_FLIGHT, processes)
    cpu, wall = _cpu(), time.perf_counter()
    result = run_backfill(
        BackfillJob(source(pages), target(pages), chain, segments=PER_WORKER * workers, workers=workers),
        items=doors.items,
        ledger=doors.ledger.copying("benchmark", keys=chain.source_keys),
        guard=lambda: None,
        progress=lambda _moment: None,
        clock=clock,
        fleet=fleet,
    )
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    # The parent's alone: Linux says of a child at least what its parent had when it began.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"items": result.tally.inserted, "wall": wall, "cpu": cpu, "memory_kb": memory}))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(asked: Asked, tell: Tell) -> Findings:
    """A part of the suite: two processes beside one, both copies."""
    rounds, pages = asked.times(3), 2 if asked.quick else PAGES
    found = {}
    try:
        with WireStub.start(items=asked.items) as stub:
            for name in COPIES:
                tell(f"copy {name}: one process, two, {rounds} times in turn")
                found[name] = _race(name, stub, 2, pages=pages, rounds=rounds)
    except (NoStubError, ContenderError) as error:
        raise CannotRunError(str(error)) from error
    tables = [["```", *lines_of(name, 2, *pair), "```"] for name, pair in found.items()]
    goals = [
        goal_of(
            f"two processes ÷ one, copy {name}",
            [_by_wall(two) / _by_wall(one) for one, two in zip(*pair, strict=True)],
            BOUND,
        )
        for name, pair in found.items()
    ]
    samples = {name: {"one": _told(pair[0]), "two": _told(pair[1])} for name, pair in found.items()}
    return Findings(tables, goals, samples)


def _told(samples: Sequence[Sample]) -> list[dict[str, float]]:
    return [{"wall": _by_wall(sample), "cpu": _by_cpu(sample)} for sample in samples]


def main(arguments: Sequence[str]) -> int:
    """Compare."""
    asked = _parser().parse_args(arguments)
    if asked.copy:
        copy(asked.copy, asked.processes, asked.pages)
        return 0
    try:
        with WireStub.start(items=asked.items, tls=asked.tls) as stub:
            for name in COPIES:
                alone, together = _race(name, stub, asked.processes, pages=asked.pages, rounds=asked.rounds)
                print(*lines_of(name, asked.processes, alone, together), sep="\n")
    except (NoStubError, ContenderError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def lines_of(name: str, processes: int, alone: Sequence[Sample], together: Sequence[Sample]) -> list[str]:
    """The medians, and the ratio of each pair of runs: those that were made one after the other."""
    told = [f"copy {name}, items a second:"]
    for what, rate in (("wall", _by_wall), ("CPU", _by_cpu)):
        ratios = sorted(rate(two) / rate(one) for one, two in zip(alone, together, strict=True))
        one, several = (median(rate(sample) for sample in samples) for samples in (alone, together))
        told.append(
            f"  {what:4}  one process {one:>9,.0f}   {processes} processes {several:>9,.0f}   "
            f"ratio {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )
    return told


def _by_wall(sample: Sample) -> float:
    return sample.items / sample.wall


def _by_cpu(sample: Sample) -> float:
    return sample.rate


def _race(name: str, stub: WireStub, processes: int, *, pages: int, rounds: int) -> tuple[list[Sample], list[Sample]]:
    runs: dict[int, list[Sample]] = {1: [], processes: []}
    for number in range(rounds):
        for each, samples in runs.items():
            samples.append(_run(name, stub, each, pages=pages))
            print(f"round {number + 1}: {each}: {_by_wall(samples[-1]):,.0f} items a second", file=sys.stderr)
    return runs[1], runs[processes]


def _run(name: str, stub: WireStub, processes: int, *, pages: int) -> Sample:
    stub.order()
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.processes",
            "--copy",
            name,
            "--processes",
            str(processes),
            "--pages",
            str(pages),
        ],
        cwd=ROOT,
        env=environment(stub),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise ContenderError(ended.stderr)
    return Sample(f"{processes}", written=stub.counts()["written"], **json.loads(ended.stdout.splitlines()[-1]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure a copy by one process and by several.")
    parser.add_argument("--processes", type=int, default=2, help="how many (2)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run (3)")
    parser.add_argument("--pages", type=int, default=PAGES, help=f"pages of 1 MB ({PAGES})")
    parser.add_argument("--items", type=int, default=ITEMS, help=f"items on a page ({ITEMS})")
    parser.add_argument("--tls", action="store_true", help="over TLS")
    parser.add_argument("--copy", choices=list(COPIES), help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
