"""The main job on real data, to watch: `make demo`.

A table of the world's airports, a writer that never stops, and an edited program: another key, a local index, metres
instead of feet. The real Pulumi engine carries it out on an embedded AWS. Then a proof of the demo's own, which trusts
nothing that the package says: both tables, item by item, against the airports and the writer's journal. Exit code 1
when it fails. Leaves nothing running and no file behind, also after Ctrl-C. Never speaks to the real AWS.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import boto3

from tools.airports.data import Item, read_airports
from tools.airports.proof import differences, expect, read_table
from tools.airports.screen import check, heading, say, show_change
from tools.airports.show import count_conflicts, show_history, show_queries, tell_writes
from tools.airports.stack import Stack, StackError
from tools.airports.stage import DemoError, Stage, Times, journal, load, redeploy, still_there, writing
from tools.embedded_aws import REGION, EmbeddedAws

PROGRAM = Path(__file__).resolve().parents[1] / "examples" / "airports"
ARRIVES_WITHIN = 60.0
"""Seconds that the last writes may be on their way to the new table."""
WARMING_UP = 2.0


def play(stage: Stage) -> bool:
    """Run the whole demo; give what the proof says."""
    heading(1, "A table of the airports of the world, by their ICAO code")
    stage.stack.run("up")
    old = str(stage.stack.output("table"))
    load(stage, old)

    heading(2, "An application writes to it, all the time")
    stage.point_writer_at(old, 1)
    with writing(stage) as writer:
        time.sleep(WARMING_UP)
        say(f"process {writer.pid} opens, surveys, corrects and closes airports: {len(journal(stage)):,} writes so far")

        heading(3, "The program is edited: another key, a local index, metres instead of feet")
        edit(stage.stack)

        heading(4, "What would be done about it")
        stage.stack.run("preview")

        heading(5, "It is done, while the application goes on writing")
        began = time.time()
        stage.stack.run("up")
        new = str(stage.stack.output("table"))
        times = redeploy(stage, began, new)
        still_there(writer)

    heading(6, "The proof: both tables against the airports and the writer's journal, item by item")
    proved = prove(stage, times, old=old, new=new)

    heading(7, "What the stack remembers, and what the new table can do")
    show_history(stage.stack.output("history"))
    show_queries(stage.client, new)

    heading(8, "Everything is removed")
    stage.stack.run("destroy")
    left = stage.client.list_tables()["TableNames"]
    check(not left, f"tables left on the embedded AWS: {', '.join(left) or 'none'}")
    return proved and not left


def edit(stack: Stack) -> None:
    """Put the second version of the program in the place of the first, and show what changed."""
    before, after = stack.program(), (PROGRAM / "step2" / "__main__.py").read_text()
    show_change(before, after)
    stack.edit(after)


def prove(stage: Stage, times: Times, *, old: str, new: str) -> bool:
    """Compare until nothing differs, or the time for the last writes to arrive is over; then once more."""
    writes = journal(stage)
    tell_writes(writes, times, old=old, new=new)
    expected = expect(stage.airports.loaded, writes, old=old, new=new)
    begun = time.monotonic()
    while (wrong := compare_new(stage, new, expected.new)) and time.monotonic() - begun < ARRIVES_WITHIN:
        time.sleep(0.5)
    wrong = wrong or compare_new(stage, new, expected.new)
    untouched = differences(expected.old, read_table(stage.client, old, ("icao",)))
    check(not untouched, f"{old}: {len(expected.old):,} airports, all as loaded and written; nobody else touched it")
    check(not wrong, f"{new}: {len(expected.new):,} airports, all there, all in metres, none too many")
    for line in [*untouched, *wrong][:20]:
        say(f"  {line}")
    live = sum(1 for write in writes if write.at >= times.began)
    if not wrong:
        kept = count_conflicts(stage.client)
        check(True, f"every one of the {live:,} writes since `pulumi up` began has arrived; {kept} conflicts")
    return not (untouched or wrong)


def compare_new(stage: Stage, table: str, wanted: Mapping[tuple[str, ...], Item]) -> list[str]:
    """Compare the new table with what it must hold."""
    return differences(wanted, read_table(stage.client, table, ("country", "icao")))


@contextmanager
def stage_set() -> Iterator[Stage]:
    """Start everything, and end everything: whatever happens in between."""
    with ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="airports-"))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        aws = cleanup.enter_context(EmbeddedAws.start(log=folder / "aws.log"))
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
        engine = {name: value for name, value in os.environ.items() if name.startswith("PULUMI_")}
        nobody = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        stack = Stack(PROGRAM, folder=folder, environment={**environment, **engine, **nobody, **aws.environment()})
        cleanup.callback(stack.end)
        client = boto3.client(
            "dynamodb",
            endpoint_url=aws.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106
        )
        yield Stage(stack, client, folder, read_airports())


def main() -> int:
    """Play the demo; 1 when the proof fails or something stops it."""

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGHUP, end)
    begun = time.monotonic()
    try:
        with stage_set() as stage:
            proved = play(stage)
    except (StackError, DemoError) as error:
        print(f"\nThe demo stopped: {error}. Everything that it started has ended.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Everything that the demo started has ended.", file=sys.stderr)
        return 130
    say("")
    took = f"in {time.monotonic() - begun:.0f} s; nothing is left running"
    check(proved, f"{'proved' if proved else 'NOT PROVED'}, {took}")
    return 0 if proved else 1


if __name__ == "__main__":
    sys.exit(main())
