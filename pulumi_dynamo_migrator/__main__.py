"""`python -m pulumi_dynamo_migrator`: commands for another terminal, one module of `cli/` each. Only dispatches."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from pulumi_dynamo_migrator.cli import iam_policy, resume, status, stop
from pulumi_dynamo_migrator.cli.command import Command, Exit
from pulumi_dynamo_migrator.errors import MigratorError

COMMANDS: tuple[Command, ...] = (
    iam_policy,
    resume,
    status,
    stop,
)


def main(words: Sequence[str]) -> int:
    """Run what the words say; the exit code. An expected failure is one sentence on the error stream."""
    told = _parser().parse_args(words)
    command: Command = told.command
    try:
        return command.run(told)
    except MigratorError as error:
        print(f"error: {error}", file=sys.stderr)
        return Exit.FAILED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m pulumi_dynamo_migrator",
        description="Commands for the MigratedTables of an AWS account. None of them makes or removes a table.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        its = commands.add_parser(command.NAME, help=command.HELP, description=f"{command.HELP}.")
        command.add_arguments(its)
        its.set_defaults(command=command)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
