"""A live table under migration, with faults on the roads of the operator and of the replicator, and a journal.

The writer meets no faults, only fences: what it is told is acknowledged must not be lost, whatever the others meet.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from pulumi_dynamo_migrator import Conversion
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.lifecycle.converge import create, update
from pulumi_dynamo_migrator.lifecycle.remove import delete
from tests.emulator.faulty import Faulty, Rule
from tests.emulator.life import TIMING
from tests.eventually import eventually
from tests.soaking import Tally
from tests.stacks.account import Account, texts
from tools.embedded_aws import REGION

LATER = 0.5
"""Seconds until a late effect lands; within `outcome`."""

PATIENT = json.loads(TIMING) | {"control": 20, "failing": 20, "throttled": 20}
PATIENT |= {"settle": 6, "lease": 30, "outcome": 1, "retry_cap": 0.1}
"""Waits as short as can be, budgets that no test here comes near to unless it means to."""

SERVICES = ("dynamodb", "lambda", "iam", "sts", "logs", "cloudwatch")
HOT = 20

Bag = Callable[[str], dict[str, Any]]
"""What a program asks, for a URN."""


def doubled(item: dict[str, Any]) -> dict[str, Any]:
    """The conversion."""
    item["feet"] = item["feet"] * 2
    return item


def first(urn: str) -> dict[str, Any]:
    """What the program asks first."""
    return {"hash_key": "id", "attributes": {"id": "S"}, "migration": {"function_timeout": 2}, "__urn": urn}


def converted(urn: str) -> dict[str, Any]:
    """Another key, a local index, a conversion."""
    return {
        **first(urn),
        "hash_key": "country",
        "range_key": "id",
        "attributes": {"country": "S", "id": "S", "feet": "N"},
        "local_secondary_indexes": [{"name": "by_feet", "range_key": "feet"}],
        "conversions": [Conversion(2, doubled).as_property()],
    }


def fenced(urn: str) -> dict[str, Any]:
    """The same behind a fence."""
    return {**converted(urn), "migration": {"function_timeout": 2, "fence": True}}


def settled(urn: str) -> dict[str, Any]:
    """The same with settings that CreateTable does not take, or that a successor gets at its cut-over."""
    return {
        **converted(urn),
        "stream_enabled": True,
        "stream_view_type": "NEW_IMAGE",
        "ttl": {"attribute_name": "expires", "enabled": True},
        "point_in_time_recovery": {"enabled": True},
        "deletion_protection_enabled": True,
    }


def retired(urn: str) -> dict[str, Any]:
    """And the end of the first version."""
    return {**converted(urn), "deletion_protection_enabled": False, "retire": [{"version": 1, "evidence": 0}]}


def item(number: int, feet: int) -> dict[str, Any]:
    """An item of the first version."""
    return {"id": f"k{number}", "country": f"C{number % 3}", "feet": feet}


@dataclass
class Journal:
    """The last acknowledged write of each item, None for a delete; and how many there were."""

    last: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    writes: int = 0

    def items(self) -> list[dict[str, Any]]:
        """What must be there."""
        return [one for one in self.last.values() if one is not None]


@dataclass
class World:
    """One resource, and everything around it."""

    operator: Faulty
    replicator: Faulty
    account: Account
    writer: Account
    urn: str
    id: str = ""
    journal: Journal = field(default_factory=Journal)

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The stack configuration: everything is asked through the operator's proxy."""
        return {
            "aws:region": REGION,
            "aws:accessKey": "test",
            "aws:secretKey": "test",
            "aws:endpoints": json.dumps([dict.fromkeys(SERVICES, self.operator.endpoint)]),
        }

    def up(self, bag: Bag) -> dict[str, Any]:
        """What the provider does in one `up`; raises, or gives outputs that say why it stopped."""
        asked = bag(self.urn)
        if self.id:
            return dict(update(self.id, asked, configuration=self.configuration))
        self.id, outputs = create(asked, configuration=self.configuration)
        return outputs

    def failing_up(self, bag: Bag) -> str:
        """Why an `up` stopped: it may raise it, or save it as an output."""
        try:
            return str(self.up(bag)["error"])
        except MigratorError as error:
            return str(error)

    def up_once_free(self, bag: Bag) -> dict[str, Any]:
        """An `up` after one that could not give its lease back: here it is of the same, living process."""
        while "is being worked on by" in str((outputs := self.up(bag))["error"]):
            time.sleep(0.2)
        return outputs

    def destroy(self, bag: Bag) -> None:
        """What it does in a `destroy`."""
        delete(self.id, bag(self.urn), configuration=self.configuration)

    def begin(self, items: int) -> str:
        """Make the first version and fill it; its table."""
        table = str(self.up(first)["name"])
        for number in range(items):
            self.journal.last[f"k{number}"] = item(number, number)
        self.account.put(table, self.journal.items())
        self.journal.writes += items
        return table

    @contextmanager
    def writing(self, table: str) -> Iterator[None]:
        """Puts and deletes of a few hot keys, one after the other, until the block ends."""
        ended = threading.Event()
        thread = threading.Thread(target=self._write, args=(table, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _write(self, table: str, ended: threading.Event) -> None:
        choice = random.Random(7)
        while not ended.is_set():
            time.sleep(0.05)  # the emulator hands out one batch at a time: a faster writer is never caught up with
            number = choice.randrange(HOT)
            one = item(number, choice.randrange(10_000)) if choice.random() < 0.7 else None
            try:
                if one is None:
                    self.writer.delete(table, {"id": f"k{number}"})
                else:
                    self.writer.put(table, [one])
            except ClientError as error:
                if error.response["Error"]["Code"] != "AccessDeniedException":
                    raise
                continue  # behind a fence
            self.journal.last[f"k{number}"] = one
            self.journal.writes += 1

    def afflict(self, *, operator: Iterable[Rule] = (), replicator: Iterable[Rule] = (), seed: int = 0) -> None:
        """From now on these faults."""
        self.operator.afflict(operator, seed=seed)
        self.replicator.afflict(replicator, seed=seed)

    def heal(self) -> Counter[str]:
        """No faults any more; what there was."""
        self.afflict()
        self.operator.settle()
        self.replicator.settle()
        return self.operator.struck() + self.replicator.struck()

    def nothing_lost(self, outputs: Mapping[str, Any], tally: Tally, *, retired: bool = False) -> None:
        """Both tables hold what was acknowledged, and nothing else, once the stream has been read to its end. No batch
        will come again then: one whose delete got no answer does, when both tables are equal already.
        """
        wanted = self.journal.items()
        made = [{**one, "feet": one["feet"] * 2} for one in wanted]
        if not retired:
            assert texts(self.account.items(outputs["tables"]["1"])) == texts(wanted)

        def equal() -> None:
            assert texts(self.account.items(outputs["name"])) == texts(made)

        def at_rest() -> None:
            assert [row for row in self.account.ledger(under="migration#") if row["sk"].startswith("failing#")] == []

        eventually(equal, within=60)
        eventually(at_rest, within=60)
        tally.acknowledged(writes=self.journal.writes, lost=0)

    def kinds(self) -> list[str]:
        """What there is beside tables: one word for each helper."""
        return [helper.split()[0] for helper in self.account.helpers()]
