"""The replicator's own cold start: what our code adds to the start of a Lambda function.

    python benchmarks/cold_start.py --runs 11

Each run is a fresh interpreter with the function's zip unpacked as Lambda has it: no compiled files, and none are kept,
so all of the zip is compiled anew. The runtime's own part, importing botocore, comes first and is not ours. Ours are
the import of the handler and the loading of its configuration with the conversion in it. The making of the DynamoDB
client, which is botocore's work, is told beside them. Calls no AWS.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.contenders.ours import CONVERTED_KEYS, converting
from benchmarks.contenders.zip import CONFIG, unpack
from benchmarks.findings import Findings, goal_of
from benchmarks.parts import Asked, Tell
from pulumi_dynamo_migrator.conversion.keys import TargetShape

RUNS = 11
BOUND = 400.0  # milliseconds

# What Lambda's runtime does, with a clock beside it; argument: the folder of the function.
STARTED = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
moments = [time.perf_counter()]
def passed():
    moments.append(time.perf_counter())
    return (moments[-1] - moments[-2]) * 1000
import botocore.session, botocore.config, botocore.exceptions
runtime = passed()
used = time.process_time()
from pulumi_dynamo_migrator.replicate import handler
assert handler.__file__.startswith(sys.argv[1]), handler.__file__
imported = passed()
handler.configuration()
configured = passed()
used = (time.process_time() - used) * 1000
handler.client()
told = {"runtime": runtime, "imported": imported, "configured": configured, "own_cpu": used, "client": passed()}
print(json.dumps(told))
"""


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds of one cold start: botocore's import, ours, our configuration's loading, the processor time of these
    two (the steadier figure where something else runs as well), botocore's client.
    """

    runtime: float
    imported: float
    configured: float
    own_cpu: float
    client: float

    @property
    def own(self) -> float:
        """What is our code's."""
        return self.imported + self.configured


def measure(asked: Asked, tell: Tell) -> Findings:
    """Cold starts, one after the other."""
    found = starts(1 if asked.quick else RUNS, tell)
    goal = goal_of("replicator's cold start, our own code", [one.own for one in found], BOUND, unit="ms", at_most=True)
    return Findings([lines_of(found)], [goal], {"samples": [asdict(one) for one in found]})


def starts(runs: int, tell: Tell) -> list[Start]:
    """The function with a conversion, started so often; a first start, which warms the disk's cache, is not counted."""
    chain = converting()
    config = replace(CONFIG, chain=chain, meeting=chain.meeting, target=TargetShape(CONVERTED_KEYS))
    with tempfile.TemporaryDirectory() as place:
        unpack(place, config)
        found = [start(place) for _ in range(runs + 1)][1:]
    for number, one in enumerate(found, start=1):
        tell(f"cold start {number}: {one.own:.0f} ms of our own")
    return found


def start(place: str) -> Start:
    """One cold start."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    ended = subprocess.run(
        [sys.executable, "-B", "-c", STARTED, place],
        cwd=place,
        env={**kept, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "none"},
        check=True,
        capture_output=True,
        text=True,
    )
    return Start(**json.loads(ended.stdout))


def lines_of(found: Sequence[Start]) -> list[str]:
    """A row a part of the start, ours first."""
    parts = {
        "**our own code**": [one.own for one in found],
        "the same in processor time": [one.own_cpu for one in found],
        "the import of the handler": [one.imported for one in found],
        "configuration and conversion loaded": [one.configured for one in found],
        "botocore: its import, in the runtime": [one.runtime for one in found],
        "botocore: a DynamoDB client made": [one.client for one in found],
    }
    return [
        "| cold start, ms | min | median | max |",
        "| --- | ---: | ---: | ---: |",
        *(f"| {name} | {min(ms):.0f} | {median(ms):.0f} | {max(ms):.0f} |" for name, ms in parts.items()),
    ]


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    print(*lines_of(starts(parser.parse_args(arguments).runs, lambda _: None)), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
