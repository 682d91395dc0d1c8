"""`status [NAME]`: where every MigratedTable of this account and region stands, or one. Reads the ledger alone."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from pulumi_dynamo_migrator.cli.account import Books, add_account_arguments, open_books
from pulumi_dynamo_migrator.cli.command import Exit
from pulumi_dynamo_migrator.cli.find import find, in_order, nothing_known
from pulumi_dynamo_migrator.cli.standing import Standing, standing
from pulumi_dynamo_migrator.cli.status_json import as_json
from pulumi_dynamo_migrator.cli.status_text import text

NAME = "status"
HELP = "show where every MigratedTable of this account and region stands, or one"


def add_arguments(parser: ArgumentParser) -> None:
    """Say what may follow the command's name."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="a resource's name, an entry's id, a table's name or a URN; none: all"
    )
    parser.add_argument("--json", action="store_true", help="for programs: a list of objects")
    add_account_arguments(parser)


def run(told: Namespace) -> int:
    """Print it. Nothing found for no NAME is no failure."""
    books = open_books(told)
    found = _found(told.name, books)
    if told.json:
        print(json.dumps([as_json(one) for one in found], indent=2, ensure_ascii=False))
    else:
        print("\n\n".join(map(text, found)) or nothing_known(books.region))
    return Exit.DONE


def _found(name: str | None, books: Books) -> list[Standing]:
    entries = in_order(books.ledger.entries()) if name is None else [find(name, books.ledger, region=books.region)]
    return [standing(entry, books.ledger) for entry in entries]
