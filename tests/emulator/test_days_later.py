"""An `up` that died in mid hand-over is continued days later, when its proof is worth nothing any more.

The days are made in the ledger: the comparison is dated back, and what a stream would have dropped unread in that time
is taken out of the successor.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_dynamo_migrator.model.names import CONTROL_TABLE
from pulumi_dynamo_migrator.model.phase import Stage
from tests.emulator.life import Life, urn_of
from tests.emulator.proxy import Proxy
from tests.eventually import eventually
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

ITEMS: list[dict[str, Any]] = [{"id": f"k{number}", "country": f"C{number % 3}"} for number in range(20)]
DAYS = 3 * 86_400


def bag(urn: str, **keys: Any) -> dict[str, Any]:
    return {"attributes": dict.fromkeys(keys.values(), "S"), "migration": {"function_timeout": 3}, "__urn": urn} | keys


@pytest.fixture
def life(aws: EmbeddedAws, account: Account) -> Iterator[Life]:
    """A migration that died while late repeats were being noted."""
    with Proxy(aws.endpoint) as proxy:
        one = Life(aws, proxy, urn_of("days"))
        table = one.up(bag(one.urn, hash_key="id"))["name"]
        account.put(table, ITEMS)
        process = one.start(wanted(one))
        try:
            eventually(lambda: _is_noting(account), within=60)
        finally:
            process.kill()
            process.communicate()
        yield one


def _is_noting(account: Account) -> None:
    assert [one.get("migration", {}).get("stage") for one in entries(account)] == [Stage.NOTING]


def entries(account: Account) -> list[dict[str, Any]]:
    return [row for row in account.ledger(under="table#") if row["sk"] == "entry"]


def wanted(life: Life) -> dict[str, Any]:
    return bag(life.urn, hash_key="country", range_key="id")


def let_days_pass(account: Account) -> None:
    """Date the comparison back."""
    (entry,) = entries(account)
    assert entry["migration"]["stage"] == Stage.NOTING
    account.dynamodb.update_item(
        TableName=CONTROL_TABLE,
        Key={"pk": {"S": entry["pk"]}, "sk": {"S": entry["sk"]}},
        UpdateExpression="SET migration.verified_at = :then",
        ExpressionAttributeValues={":then": {"N": str(time.time() - DAYS)}},
    )


def lose(account: Account, table: str, item: dict[str, Any]) -> None:
    """Take out of the successor what a lost record would have brought."""
    key = {name: {"S": item[name]} for name in ("country", "id")}
    account.dynamodb.delete_item(TableName=table, Key=key)


def note_gap(account: Account) -> None:
    """Say what the replicator says when it gets a record after more than 20 h."""
    partition = account.ledger(under="migration#")[0]["pk"]
    account.dynamodb.update_item(
        TableName=CONTROL_TABLE,
        Key={"pk": {"S": partition}, "sk": {"S": "counters"}},
        UpdateExpression="ADD gaps :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def switch(account: Account, *, on: bool) -> None:
    (mapping,) = account.functions.list_event_source_mappings()["EventSourceMappings"]
    account.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)


def test_days_later_both_tables_are_compared_before_the_outputs_move(life: Life, account: Account) -> None:
    old, new = [name for name in account.tables() if name != CONTROL_TABLE]
    switch(account, on=False)
    outputs = life.up(wanted(life))
    assert (outputs["phase"], outputs["name"]) == ("failed", old)
    assert "is Disabled" in outputs["error"]
    switch(account, on=True)
    let_days_pass(account)
    lose(account, new, ITEMS[7])
    outputs = life.up(wanted(life))
    assert (outputs["phase"], outputs["name"]) == ("failed", old)
    assert "differs" in outputs["error"]
    assert "k7" in outputs["error"]
    assert account.word() == "noting"
    note_gap(account)
    outputs = life.up(wanted(life))
    assert (outputs["phase"], outputs["name"], outputs["error"]) == ("ready", new, None)
    for table in (old, new):
        assert sorted(account.items(table), key=str) == sorted(ITEMS, key=str)
    counters = next(row for row in account.ledger(under="migration#") if row["sk"] == "counters")
    assert counters["gaps"] == 0
