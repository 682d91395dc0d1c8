"""`pulumi preview` of an unchanged stack, three programs in turn, with the real engine: ours, an empty dynamic
resource, and a dynamic resource that asks boto3 for one table (less than that no provider asks that looks at all).

    python benchmarks/preview.py --rounds 11

Wall time is what a user waits; CPU time (the engine, the program and the provider together) is steadier on a machine
that does something else as well. Prints a table, writes JSON where asked; asserts nothing, and needs no network.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.stacks.harness import Program
from tools.embedded_aws import EmbeddedAws
from tools.pulumi.ensure import engine_folder
from tools.shell_env import ROOT, settings

OURS = """
import pulumi
from pulumi_dynamo_migrator import MigratedTable

orders = MigratedTable("orders", hash_key="id", attributes={"id": "S"}, tags={"team": "blue"})
pulumi.export("name", orders.name)
"""

EMPTY = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Nothing(ResourceProvider):
    def create(self, props):
        return CreateResult("nothing", {"name": "nothing"})

class Empty(Resource):
    name: pulumi.Output[str]
    def __init__(self, resource_name):
        super().__init__(Nothing(), resource_name, {"name": None})

pulumi.export("name", Empty("orders").name)
"""

LOOKING = """
import pulumi
from pulumi.dynamic import CheckResult, CreateResult, Resource, ResourceProvider

class Looks(ResourceProvider):
    def check(self, olds, news):
        import boto3
        client = boto3.client("dynamodb")
        for name in client.list_tables()["TableNames"][:1]:
            client.describe_table(TableName=name)
        return CheckResult(news, [])
    def create(self, props):
        return CreateResult("nothing", {"name": "nothing"})

class Looking(Resource):
    name: pulumi.Output[str]
    def __init__(self, resource_name):
        super().__init__(Looks(), resource_name, {"name": None})

pulumi.export("name", Looking("orders").name)
"""

PROGRAMS = {"ours": OURS, "empty": EMPTY, "boto3 only": LOOKING}


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of one preview."""

    wall: float
    cpu: float


def main(arguments: Sequence[str]) -> int:
    """Make the three stacks, preview each in turn, tell."""
    asked = _parser().parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        aws = stack.enter_context(EmbeddedAws.start(log=folder / "aws.log"))
        programs = {
            name: stack.enter_context(
                Program({"__main__.py": text}, folder=folder / name.replace(" ", "-"), environment=_environment(aws))
            )
            for name, text in PROGRAMS.items()
        }
        for program in programs.values():
            program.up("--skip-preview").ok()
        samples = race(programs, rounds=asked.rounds)
    for line in lines_of(samples):
        print(line)
    if asked.json:
        about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": _machine()}
        told = {name: [{"wall": one.wall, "cpu": one.cpu} for one in found] for name, found in samples.items()}
        Path(asked.json).write_text(json.dumps({**about, "samples": told}, indent=1))
    return 0


def race(programs: Mapping[str, Program], *, rounds: int) -> dict[str, list[Sample]]:
    """Each program once a round, the first one another each time; a first round is not counted."""
    names = list(programs)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            sample = preview(programs[name])
            if number:
                samples[name].append(sample)
    return samples


def preview(program: Program) -> Sample:
    """One preview, which must find nothing to do."""
    cpu, wall = _cpu(), time.perf_counter()
    program.preview("--expect-no-changes").ok()
    return Sample(time.perf_counter() - wall, _cpu() - cpu)


def lines_of(samples: Mapping[str, Sequence[Sample]]) -> list[str]:
    """A row a program; ratios are to the empty one, of medians."""
    base = {kind: statistics.median(getattr(one, kind) for one in samples["empty"]) for kind in ("wall", "cpu")}
    lines = [f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}, {len(samples['empty'])} rounds; seconds, ratios of medians"]
    lines.append(f"{'':12}{'wall min':>10}{'median':>10}{'max':>10}{'ratio':>8}{'CPU median':>12}{'ratio':>8}")
    for name, found in samples.items():
        wall, cpu = ([getattr(one, kind) for one in found] for kind in ("wall", "cpu"))
        middle, used = statistics.median(wall), statistics.median(cpu)
        lines.append(
            f"{name:12}{min(wall):10.2f}{middle:10.2f}{max(wall):10.2f}{middle / base['wall']:8.2f}"
            f"{used:12.2f}{used / base['cpu']:8.2f}"
        )
    return lines


def _environment(aws: EmbeddedAws) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "AWS_"))}
    told = settings(engine_folder(os.environ), path=kept.get("PATH", ""), passphrase="")
    return {**kept, **told, **aws.environment(), "PYTHONPATH": str(ROOT)}


def _cpu() -> float:
    """Seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7, help="previews of each program that are counted")
    parser.add_argument("--json", help="a file for every sample")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
