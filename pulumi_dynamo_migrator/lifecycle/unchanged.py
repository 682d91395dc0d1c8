"""Whether anything can have changed: one read of the ledger, one DescribeTable. Reads only, and loads next to nothing.

This is all that a preview of an unchanged stack asks and loads: settings that drifted are for `pulumi refresh` to see,
and late changes that did not go over are asked for only where a replicator still works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_dynamo_migrator.aws.connection import session_for
from pulumi_dynamo_migrator.aws.ledger.finding import Finder
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.bags.props import asked_fingerprint, fingerprint_before
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.system import SystemClock, timing_from_environment

Bag = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Glance:
    """The ledger's entry of a resource (None: there is none), and whether a plan of it would be empty for sure.

    `unknown_to_state`: the program asks what Pulumi's state says was done, and the ledger says otherwise: an `up` of
    another program was killed before it could tell.
    """

    entry: Entry | None
    unchanged: bool
    unknown_to_state: bool = False


def glance(olds: Bag, inputs: Bag, *, configuration: Bag) -> Glance:
    """Look as little as will do."""
    client = session_for(configuration, inputs, timing=timing_from_environment()).client("dynamodb")
    finder = Finder(client)
    entry = finder.find(str(inputs["__urn"])) or _renamed(olds, finder)
    if entry is None:
        return Glance(None, unchanged=False)
    asked = asked_fingerprint(inputs)
    known = asked_fingerprint(olds) == asked
    done = entry.phase.settled and fingerprint_before(entry.asked) == asked
    return Glance(entry, known and done and _unchanged(entry, Tables(client)), unknown_to_state=known and not done)


def _renamed(olds: Bag, finder: Finder) -> Entry | None:
    """A resource that got another URN (an alias) is known under its old one until its next update."""
    before = olds.get("__urn")
    return finder.find(str(before)) if before else None


def _unchanged(entry: Entry, tables: Tables) -> bool:
    if entry.phase is Phase.HELD or any(one.not_before <= SystemClock().now() for one in entry.pending):
        return False
    serving = entry.serving
    seen = None if serving is None else tables.describe(serving.table)
    return serving is not None and seen is not None and seen.table_id == serving.table_id
