"""Pulumi's `read`: the outputs as they are now. Drift comes back as inputs, a lost table as the phase `lost`.

"Gone" is said only when neither ledger nor AWS knows the resource; a wrong "gone" would make `up` create an empty
table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi_dynamo_migrator.bags.outputs import all_outputs
from pulumi_dynamo_migrator.console import Console
from pulumi_dynamo_migrator.lifecycle.conflicts import conflict_texts
from pulumi_dynamo_migrator.lifecycle.drift import drifted
from pulumi_dynamo_migrator.lifecycle.work import entry_id, open_doors
from pulumi_dynamo_migrator.model.phase import Phase

Bag = Mapping[str, Any]
Found = tuple[str | None, dict[str, Any], dict[str, Any] | None]


def read(id_: str, props: Bag, *, configuration: Bag) -> Found:
    """The id (None: gone), the outputs, and inputs where AWS has what the program did not ask."""
    doors = open_doors(configuration, props)
    entry = doors.ledger.read(entry_id(id_))
    console = Console(str(props.get("__urn") or ""))
    if entry is None or entry.serving is None:
        name = str(props.get("name") or "")
        if not name or doors.tables.describe(name) is None:
            return None, dict(props), None
        console.warn(
            f"the ledger has no entry {entry_id(id_)}, yet the table {name} is there: check account and region"
        )
        return id_, dict(props), None
    for text in conflict_texts(entry, doors):
        console.warn(text)
    served = doors.tables.observe(entry.serving.table)
    # Here `props` are outputs, whose `name` is what is served, not what was asked.
    known = {entry.serving.number: served}
    outputs = {**all_outputs(entry, props, doors, known=known), "__named": props.get("__named")}
    if props.get("steps") is not None:
        # A script's callbacks are called for the steps that the state does not know: those are for an `up` to tell.
        outputs["steps"] = props["steps"]
    if served is None:
        what = f"the table {entry.serving.table} (version {entry.served}) is gone: it was deleted behind Pulumi's back"
        console.warn(what)
        lost = replace(entry, phase=Phase.LOST, error=what)
        return id_, {**outputs, "phase": lost.phase.value, "error": lost.error}, None
    return id_, *drifted(entry, served, props, outputs)
