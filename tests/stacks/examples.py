"""An example on its way from step to step, and an application that goes on writing through every `up`.

    orders = Example(make_fenced(EXAMPLES / "04_convert_items"), account, fenced)
    first = orders.take(1)
    orders.put_items(first)
    with orders.writing(first, lambda number, count: {"order_id": f"w-{number}", "total": f"{count}.00"}):
        second = orders.take(2)
    orders.agrees(second, convert=to_cents)

Every acknowledged write is remembered, and `agrees` demands the table that holds them all and nothing else. Programs
are run as they are, but for waits that last a minute on AWS. Asks AWS past the package; the writer, as an application
does, through the proxy that enforces policies.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any, Self

from botocore.exceptions import ClientError

from pulumi_dynamo_migrator.system import TIMING_VARIABLE
from tests.eventually import eventually
from tests.stacks.account import Account, texts, wire
from tests.stacks.harness import PROJECT_FILE, Program
from tools.shell_env import ROOT

EXAMPLES = ROOT / "examples"
HURRY = """\
import functools as _functools, pulumi_dynamo_migrator as _package
_package.Migration = _functools.partial(_package.Migration, function_timeout=3)
_package.MigratedTable, _package.Migrator = (
    _functools.partial(_made, migration=_package.Migration()) for _made in (_package.MigratedTable, _package.Migrator)
)
"""
"""Goes before a program: a hand-over waits for one time-out of the replicator, which is a minute unless one says so."""

HOT = 40
"""Items that the writer writes to: few, so that each is written to again and again; not all of them at all times."""
PACE = 0.04
"""Seconds between two writes: they are to be at every moment of an `up`, and to leave the machine to it."""
SETTLE = 15
"""Seconds that a difference may last before it is called one: several replicators at once are slow to start."""

Item = dict[str, Any]
Shape = Callable[[int, int], Item]
"""Gives the writer's item of this number as its write of this count leaves it; its key depends on the number alone."""
Convert = Callable[[Item], Iterable[Item]]


def as_it_is(item: Item) -> list[Item]:
    """What becomes of an item without a conversion."""
    return [item]


class Writer:
    """Puts, updates and deletes items of its own, until it is stopped or denied; knows what was acknowledged."""

    def __init__(self, account: Account, table: str, shape: Shape, *, first: int = 0, pace: float = PACE) -> None:
        self.count = 0
        self.denied = ""
        self._state: dict[int, Item] = {}
        self._first, self._pace = first, pace
        self._client, self._table, self._shape = account.dynamodb, table, shape
        self._key = [one["AttributeName"] for one in account.describe(table)["KeySchema"]]
        self._broken: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def items(self) -> list[Item]:
        """What all its acknowledged writes come to."""
        return list(self._state.values())

    def __enter__(self) -> Self:
        self._thread.start()
        eventually(self._busy, within=30)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        if self._broken is not None:
            raise AssertionError(f"the writer to {self._table} broke off") from self._broken

    def _busy(self) -> None:
        assert self.count > 10 or self._broken is not None

    def _run(self) -> None:
        choice = random.Random(7)
        try:
            while not self._stop.wait(self._pace):
                action = choice.choices((self._put, self._update, self._delete), (5, 3, 2))[0]
                number = self._first + choice.randrange(HOT)
                action(number, self._shape(number, self.count + 1))
                self.count += 1
        except ClientError as error:
            if error.response["Error"]["Code"] == "AccessDeniedException":
                self.denied = str(error)
            else:
                self._broken = error
        except BaseException as error:  # noqa: BLE001 - raised again where the test waits for the writer
            self._broken = error

    def _put(self, number: int, item: Item) -> None:
        self._client.put_item(TableName=self._table, Item=wire(item))
        self._state[number] = item

    def _update(self, number: int, item: Item) -> None:
        """Set all but the key; DynamoDB makes the item where there is none."""
        set_ = {name: value for name, value in item.items() if name not in self._key}
        self._client.update_item(
            TableName=self._table,
            Key=wire({name: item[name] for name in self._key}),
            UpdateExpression="SET " + ", ".join(f"#{place} = :{place}" for place in range(len(set_))),
            ExpressionAttributeNames={f"#{place}": name for place, name in enumerate(set_)},
            ExpressionAttributeValues=wire({f":{place}": value for place, value in enumerate(set_.values())}),
        )
        self._state[number] = {**self._state.get(number, {}), **item}

    def _delete(self, number: int, item: Item) -> None:
        self._client.delete_item(TableName=self._table, Key=wire({name: item[name] for name in self._key}))
        self._state.pop(number, None)


class Example:
    """One example's program, the AWS that it works on, and the items that its table must hold."""

    def __init__(self, program: Program, account: Account, fenced: Account) -> None:
        self.program = program
        self.account = account
        self.wanted: list[Item] = []
        self.outputs: dict[str, Any] = {}
        self._fenced = fenced
        self._writers = count()
        timing = json.loads(program.environment[TIMING_VARIABLE])
        program.environment[TIMING_VARIABLE] = json.dumps({**timing, "settle": SETTLE})
        for path in program.folder.glob("step*/__main__.py"):
            program.edit({str(path.relative_to(program.folder)): HURRY + path.read_text()})

    def put_in(self, step: int, *, instead: Mapping[str, str] | None = None) -> None:
        """Write `main: step…/` as the README says; `instead`: words of the program, and others for them."""
        project = self.program.folder / PROJECT_FILE
        said = [line for line in project.read_text().splitlines() if not line.startswith("main:")]
        self.program.edit({PROJECT_FILE: "\n".join([*said, f"main: step{step}/", ""])})
        place = f"step{step}/__main__.py"
        text = (self.program.folder / place).read_text()
        for words, others in (instead or {}).items():
            assert words in text, f"{place} does not say {words}"
            text = text.replace(words, others)
        self.program.edit({place: text})

    def take(self, step: int, *, instead: Mapping[str, str] | None = None) -> str:
        """Put the step in, run `up`, see that the same program plans nothing; give the table's name."""
        self.put_in(step, instead=instead)
        self.program.up("--skip-preview").ok()
        self.settled()
        return str(self.outputs.get("table"))

    def settled(self) -> None:
        """See that the same program plans nothing, and read the outputs."""
        self.program.preview("--expect-no-changes").ok()
        self.outputs = self.program.outputs()

    def items_of(self, name: str = "items.json") -> list[Item]:
        """Give the items that come with the example."""
        items: list[Item] = json.loads((self.program.folder / name).read_text(), parse_float=Decimal)
        return items

    def put_items(self, table: str) -> None:
        """Put the example's own items into a table."""
        self.wanted = self.items_of()
        self.account.put(table, self.wanted)

    @contextmanager
    def writing(self, table: str, shape: Shape) -> Iterator[Writer]:
        """Have a writer at work, with items of its own; then they are wanted as well."""
        with Writer(self._fenced, table, shape, first=100 * next(self._writers)) as writer:
            yield writer
        self.wanted = [*self.wanted, *writer.items()]

    def agrees(self, table: str, *, convert: Convert = as_it_is) -> None:
        """Demand that every acknowledged write is there, through the conversion, and nothing else; and go on so."""
        converted = [one for item in self.wanted for one in convert(item)]
        agrees(self.account, table, converted)
        self.wanted = converted

    def still_holds(self, table: str) -> None:
        """Demand that the table holds what was written to it, before any conversion: nobody else has touched it."""
        assert texts(self.account.items(table)) == texts(self.wanted)

    def leaves(self, *tables: str) -> None:
        """Destroy the stack, and demand that these tables and nothing else is left."""
        self.program.destroy().ok()
        assert (self.account.tables(), self.account.helpers()) == (sorted(tables), [])

    def keys(self, table: str) -> list[tuple[str, str, str]]:
        """Give a table's key: name, role, type."""
        return keys(self.account.describe(table))


def agrees(account: Account, table: str, wanted: list[Item]) -> None:
    """Wait for what is on its way, and demand that a table holds these items and no others."""
    expected = set(texts(wanted))

    def same() -> None:
        found = set(texts(account.items(table)))
        assert found == expected, f"{table} lacks {sorted(expected - found)} and has besides {sorted(found - expected)}"

    eventually(same, within=30)


def keys(described: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Read a table's key from DescribeTable: name, role, type."""
    types = {one["AttributeName"]: one["AttributeType"] for one in described["AttributeDefinitions"]}
    return [(one["AttributeName"], one["KeyType"], types[one["AttributeName"]]) for one in described["KeySchema"]]
