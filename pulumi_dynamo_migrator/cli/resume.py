"""`resume NAME`: carry a migration that is under way on, from any machine, until both tables were found equal.

For copies that outlast an `up` (`wait_for`, a CI job's limit), and for a machine that is nearer to the tables. Never
moves outputs and never fences: the cut-over is `pulumi up`'s, which looks at both tables once more before it.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from pulumi_dynamo_migrator.cli.account import add_account_arguments, open_books
from pulumi_dynamo_migrator.cli.command import Exit
from pulumi_dynamo_migrator.cli.find import find
from pulumi_dynamo_migrator.cli.stop import seconds
from pulumi_dynamo_migrator.cli.terminal import Terminal
from pulumi_dynamo_migrator.engine import carry_out
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.lifecycle.work import at_work, open_doors
from pulumi_dynamo_migrator.model import limits
from pulumi_dynamo_migrator.model.history import Entry, MigrationRecord
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.spec import Options, Spec
from pulumi_dynamo_migrator.plan.resume import copy_plan
from pulumi_dynamo_migrator.system import SystemClock

NAME = "resume"
HELP = "carry a copy that is under way on until both tables are equal; `pulumi up` moves the outputs"


def add_arguments(parser: ArgumentParser) -> None:
    """Say what may follow the command's name."""
    parser.add_argument("name", metavar="NAME", help="a resource's name, an entry's id, a table's name or a URN")
    parser.add_argument("--max-read-units", type=count, metavar="N", help="read units a second, of each table")
    parser.add_argument("--max-write-units", type=count, metavar="N", help="write units a second, of the new table")
    parser.add_argument("--workers", type=count, default=Options().workers, metavar="N", help="threads (default: 8)")
    parser.add_argument("--processes", type=processes, default=1, metavar="N", help="processes that copy (default: 1)")
    parser.add_argument("--wait-for", type=seconds, metavar="SECONDS", help="stop at a checkpoint after this time")
    parser.add_argument(
        "--on-item-error", choices=("stop", "skip"), default="stop", help="as in the program's Migration(...)"
    )
    add_account_arguments(parser)


def run(told: Namespace) -> int:
    """Copy, close, compare; 0 when it is done, 3 when --wait-for was over first."""
    books = open_books(told)
    entry = find(told.name, books.ledger, region=books.region)
    migration = expect_copy(entry)
    configuration = {"aws:region": books.region, "aws:profile": told.profile}
    doors = open_doors({key: value for key, value in configuration.items() if value}, {})
    name = entry.version(migration.source).table
    source = doors.tables.observe(name)
    if source is None:
        raise MigratorError(f"The table {name} is gone.", now="run `pulumi up`: it says more.")
    terminal = Terminal(sys.stdout, clock=SystemClock())
    with at_work(entry, Spec(source.structure, options=options_of(told)), doors=doors, console=terminal) as site:
        plan = copy_plan(site.entry, source, expect_copy(site.entry))
        terminal.note(f"{entry.id}: {plan.headline}")
        outcome = carry_out(plan, site, asked="")
    if outcome.error is not None:
        raise outcome.error
    if outcome.spent:
        return Exit.NOT_YET
    terminal.note(f"{entry.id}: both tables are equal, and are kept in step. `pulumi up` moves the outputs.")
    return Exit.DONE


def expect_copy(entry: Entry) -> MigrationRecord:
    """The migration that can be carried on here; an error says what can instead."""
    migration = entry.migration
    if migration is None or migration.stage.served:
        raise MigratorError(f"{entry.id} has no copy under way: its phase is {entry.phase}.")
    if migration.stage in (Stage.PLANNED, Stage.ABANDONING):
        doing = "is not fed yet" if migration.stage is Stage.PLANNED else "is being abandoned"
        raise MigratorError(
            f"The migration of {entry.id} to version {migration.target} {doing}.", now="run `pulumi up`: it goes on."
        )
    if migration.stage >= Stage.VERIFIED:
        raise MigratorError(
            f"The copy of {entry.id} for version {migration.target} is made, and was found equal.",
            now="run `pulumi up`: what is left is its.",
        )
    return migration


def options_of(told: Namespace) -> Options:
    """How to carry it on. What the program says is not known here."""
    return Options(
        max_read_units=told.max_read_units,
        max_write_units=told.max_write_units,
        workers=told.workers,
        processes=told.processes,
        wait_for=told.wait_for,
        on_item_error=told.on_item_error,
    )


def processes(text: str) -> int:
    """An argument's number of processes."""
    found, most = count(text), limits.PROCESSES[1]
    if found > most:
        raise ArgumentTypeError(f"a whole number, 1 to {most}")
    return found


def count(text: str) -> int:
    """An argument's whole number."""
    found = int(text)
    if found < 1:
        raise ArgumentTypeError("a whole number, 1 or more")
    return found
