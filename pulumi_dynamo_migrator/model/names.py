"""The names of everything we make, and nothing about what they are for. Pure.

Limits: table 3–255 characters of `a-zA-Z0-9_.-` (DynamoDB API reference, CreateTable); Lambda function and IAM role 64
(Lambda CreateFunction, IAM CreateRole).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

CONTROL_TABLE = "pulumi-dynamo-migrator"
TAG_MIGRATION = "pulumi-dynamo-migrator:migration"
TAG_TABLE = "pulumi-dynamo-migrator:table"
TAG_VERSION = "pulumi-dynamo-migrator:version"
TAG_PREFIX = "pulumi-dynamo-migrator:"

OLDER_IDENTIFIER = "dynamodb_migrator.py"
"""What the older library (`dynamodb-migrator`) called a script without an identifier: the base name of its own file."""

TABLE_NAME = re.compile(r"^[a-zA-Z0-9_.-]{3,255}\Z")  # `$` would let a line end through
HELPER_NAME_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a MigratedTable is on the Pulumi side: its URN, which holds stack, project, parents and name."""

    urn: str

    @property
    def project(self) -> str:
        """The Pulumi project."""
        return self.urn.split("::")[1]

    @property
    def stack(self) -> str:
        """The Pulumi stack."""
        return self.urn.split("::")[0].removeprefix("urn:pulumi:")

    @property
    def resource(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[3]

    @property
    def entry_id(self) -> str:
        """The ledger's name for it, the same for the same URN always."""
        return f"{slug(self.resource)[:40]}-{_digest(self.urn, 8)}"


def slug(text: str) -> str:
    """`text` with everything that a Lambda or role name refuses replaced."""
    return re.sub(r"[^a-zA-Z0-9_-]+", "-", text).strip("-") or "table"


def drawn_base_name(resource: str, draw: str) -> str:
    """Pulumi's habit for a table without `name=`: the resource's name and 7 hex digits."""
    return f"{re.sub(r'[^a-zA-Z0-9_.-]+', '-', resource)[:247]}-{draw[:7]}"


def version_table(base: str, number: int) -> str:
    """Version 1 is the base name itself, version n `{base}_V{n}`."""
    return base if number == 1 else f"{base}_V{number}"


def migration_id(entry_id: str, target: int, attempt: int) -> str:
    """One attempt at one version: another attempt after an abandoned one has another id."""
    return f"{entry_id}-v{target}-{attempt}"


def helper_name(migration: str) -> str:
    """The name of the replicator's function and role: readable, and cut with a hash where it is too long."""
    name = f"pdm-{migration}"
    if len(name) <= HELPER_NAME_LENGTH:
        return name
    return f"{name[: HELPER_NAME_LENGTH - 9]}-{_digest(name, 8)}"


def _digest(text: str, length: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()[:length]
