"""Pulumi's `delete`: remove what was made, unless a newer registration of the same resource holds it now.

The control table goes with its last entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.bags.props import parse
from pulumi_dynamo_migrator.console import Console
from pulumi_dynamo_migrator.lifecycle.work import EndedError, at_work, clear_up, entry_id, open_doors, registration
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.spec import Spec, Structure
from pulumi_dynamo_migrator.steps.destroy import Destroy

Bag = Mapping[str, Any]


def delete(id_: str, props: Bag, *, configuration: Bag) -> None:
    """Destroy, or keep and say why.

    `--target-replace` creates first and deletes after: that delete finds a newer number.
    """
    end(id_, props, open_doors(configuration, props))


def end(id_: str, props: Bag, doors: Doors) -> None:
    """The same, through these doors."""
    entry = doors.ledger.read(entry_id(id_))
    console = Console(str(props.get("__urn") or (entry.urn if entry else "")))
    if entry is None:
        clear_up(doors, console)  # an earlier destroy may have been killed before it came to this
        return
    if str(entry.generation) != registration(id_):
        console.note(f"kept: its tables belong to a newer registration of this resource, {entry.id}/{entry.generation}")
        return
    spec = parse(props).spec or _nothing_asked(entry)
    with suppress(EndedError), at_work(entry, spec, doors=doors, console=console, ending=True) as site:
        Destroy().apply(site)
    clear_up(doors, console)


def _nothing_asked(entry: Entry) -> Spec:
    """For a destroy whose last inputs cannot be read: nothing of them is needed."""
    return Spec(Structure(hash_key="", range_key=None, attributes=()), name=entry.base_name)
