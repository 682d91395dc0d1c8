"""The texts of the stack tests' programs: one MigratedTable called `orders`, every output of it exported.

    make_program(program(hash_key="id", attributes={"id": "S"}))
    make_program(program(hash_key="id", attributes={"id": "S"}, before=CONVERT, conversions=Code("[Conversion(2, f)]")))

Only writes texts; what runs them is `harness.py`.
"""

from __future__ import annotations

import textwrap
from typing import Any

MIGRATION = {"function_timeout": 3}
"""The hand-over waits one function time-out: 3 s is enough for the embedded AWS."""

OUTPUTS = (
    "name",
    "arn",
    "stream_arn",
    "hash_key",
    "range_key",
    "version",
    "phase",
    "tables",
    "history",
    "error",
    "conflicts",
    "failed_items",
    "pending",
)

IMPORT_AWS = "import pulumi_aws as aws\n"
"""It takes a second: only where it is used."""

PROGRAM = """
import pulumi
{import_aws}from pulumi_dynamo_migrator import Conversion, MigratedTable, Migration

{before}

orders = MigratedTable(
    "orders",
{arguments})

for output in {outputs}:
    pulumi.export(output, getattr(orders, output))
"""


class Code:
    """An argument that is written as it is, not as a constant."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def program(*, before: str = "", migration: dict[str, Any] | Code | None = None, **arguments: Any) -> dict[str, str]:
    """Give the files of a program whose table has these arguments; `before` stands above it."""
    if not isinstance(migration, Code):
        how = {**MIGRATION, **(migration or {})}
        migration = Code(f"Migration({', '.join(f'{name}={value!r}' for name, value in how.items())})")
    lines = [f"    {name}={value!r},\n" for name, value in {**arguments, "migration": migration}.items()]
    needed = IMPORT_AWS if any("aws." in one for one in (before, *lines)) else ""
    text = PROGRAM.format(import_aws=needed, before=textwrap.dedent(before), arguments="".join(lines), outputs=OUTPUTS)
    return {"__main__.py": text}


PLAIN: dict[str, Any] = {"hash_key": "id", "attributes": {"id": "S"}}
"""The table that most tests begin with."""

RANGED: dict[str, Any] = {"hash_key": "id", "range_key": "at", "attributes": {"id": "S", "at": "N"}}
"""And the one that it becomes: every item's key holds the old one, so the conversion is *separate*."""

BY_CUSTOMER: dict[str, Any] = {"hash_key": "customer", "attributes": {"customer": "S"}}
"""A key that two items of the plain table may share."""
