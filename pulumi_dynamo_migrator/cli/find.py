"""Which MigratedTable a name means: a resource, an entry, a table, a URN. Reads only; never guesses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.names import CONTROL_TABLE, Identity


class Entries(Protocol):
    """What is needed of the ledger."""

    def find(self, urn: str) -> Entry | None:
        """The entry of a Pulumi resource."""

    def read(self, entry_id: str) -> Entry | None:
        """The entry with this id."""

    def entries(self) -> Iterator[Entry]:
        """Every entry."""


def find(name: str, ledger: Entries, *, region: str) -> Entry:
    """The one that is meant. A URN and an entry's id are of one only; the other names may be of several."""
    exact = ledger.find(name) if name.startswith("urn:") else ledger.read(name)
    if exact is not None:
        return exact
    known = in_order(ledger.entries())
    meant = [entry for entry in known if name in _names(entry)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise MigratorError(
            f"{name} may mean {len(meant)} tables:\n{_listed(meant)}",
            now="say which, by the id at its line's beginning.",
        )
    if not known:
        raise MigratorError(nothing_known(region), now=_CHECK)
    raise MigratorError(
        f"No MigratedTable in {region} is called {name}. There are:\n{_listed(known)}",
        now=f"name one of them by its id, its resource or one of its tables; or {_CHECK}",
    )


_CHECK = "check --region and --profile: each account and region has a ledger of its own."


def nothing_known(region: str) -> str:
    """What is said where there is no entry, or no ledger at all."""
    return f"No MigratedTable is known in {region}: its ledger (table {CONTROL_TABLE}) is not there, or empty."


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By project, stack and resource."""
    return sorted(entries, key=lambda entry: (entry.project, entry.stack, resource_name(entry), entry.id))


def resource_name(entry: Entry) -> str:
    """Its name in the program."""
    return Identity(entry.urn).resource


def _names(entry: Entry) -> set[str]:
    return {resource_name(entry), entry.base_name, *(version.table for version in entry.versions)}


def _listed(entries: Iterable[Entry]) -> str:
    return "\n".join(f"  {entry.id}: {resource_name(entry)} in {entry.project}/{entry.stack}" for entry in entries)
