"""`pulumi preview` of an unchanged stack, three programs in turn, with the real engine: ours, an empty dynamic
resource, and a dynamic resource that asks boto3 for one table (less than that no provider asks that looks at all).

    python benchmarks/preview.py --rounds 11

Wall time is what a user waits; CPU time (the engine, the program and the provider together) is steadier on a machine
that does something else as well. Prints a table; asserts nothing, and needs no network.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.findings import Findings, goal_of
from benchmarks.parts import Asked, Tell
from benchmarks.stacks import environment
from tests.stacks.harness import Program
from tools.embedded_aws import EmbeddedAws

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

ROUNDS = 7
BOUND = 1.3

PROGRAMS = {"ours": OURS, "empty": EMPTY, "boto3 only": LOOKING}


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of one preview."""

    wall: float
    cpu: float


def measure(asked: Asked, tell: Tell) -> Findings:
    """As a part of the suite."""
    samples = previews(rounds=1 if asked.quick else ROUNDS, uncounted=0 if asked.quick else 1, tell=tell)
    told = {name: [asdict(one) for one in found] for name, found in samples.items()}
    goal = goal_of("preview ÷ an empty resource's", ratios(samples, "wall"), BOUND, at_most=True)
    return Findings([lines_of(samples)], [goal], {"samples": told})


def previews(*, rounds: int, uncounted: int = 1, tell: Tell) -> dict[str, list[Sample]]:
    """Make the three stacks, preview each in turn."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        aws = stack.enter_context(EmbeddedAws.start(log=folder / "aws.log"))
        programs = {
            name: stack.enter_context(
                Program({"__main__.py": text}, folder=folder / name.replace(" ", "-"), environment=environment(aws))
            )
            for name, text in PROGRAMS.items()
        }
        for program in programs.values():
            program.up("--skip-preview").ok()
        return race(programs, rounds=rounds, uncounted=uncounted, tell=tell)


def race(programs: Mapping[str, Program], *, rounds: int, uncounted: int, tell: Tell) -> dict[str, list[Sample]]:
    """Each program once a round, the first one another each time; `uncounted` rounds before them warm the caches."""
    names = list(programs)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for number in range(1 - uncounted, rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            sample = preview(programs[name])
            if number > 0:
                samples[name].append(sample)
                tell(f"round {number}: {name}: {sample.wall:.2f} s")
    return samples


def preview(program: Program) -> Sample:
    """One preview, which must find nothing to do."""
    cpu, wall = _cpu(), time.perf_counter()
    program.preview("--expect-no-changes").ok()
    return Sample(time.perf_counter() - wall, _cpu() - cpu)


def ratios(samples: Mapping[str, Sequence[Sample]], kind: str) -> list[float]:
    """Ours by the empty one, round by round."""
    return [
        getattr(ours, kind) / getattr(empty, kind)
        for ours, empty in zip(samples["ours"], samples["empty"], strict=True)
    ]


def lines_of(samples: Mapping[str, Sequence[Sample]]) -> list[str]:
    """A row a program; ratios are to the empty one, of medians."""
    wall, cpu = (
        {name: [getattr(one, kind) for one in found] for name, found in samples.items()} for kind in ("wall", "cpu")
    )
    return [
        "| preview, seconds | min | median | max | ÷ the empty one | CPU | ÷ the empty one |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {name} | {min(wall[name]):.2f} | {median(wall[name]):.2f} | {max(wall[name]):.2f} | "
            f"{median(wall[name]) / median(wall['empty']):.2f} × | {median(cpu[name]):.2f} | "
            f"{median(cpu[name]) / median(cpu['empty']):.2f} × |"
            for name in samples
        ),
    ]


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="previews of each program that are counted")
    print(*lines_of(previews(rounds=parser.parse_args(arguments).rounds, tell=lambda _: None)), sep="\n")


def _cpu() -> float:
    """Seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1:])
