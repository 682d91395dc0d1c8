"""What AWS has and the program did not ask: shown as inputs that would describe it, put right by the next `up`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pulumi_dynamo_migrator.bags.outputs import differs, outputs
from pulumi_dynamo_migrator.bags.props import asked_text, parse
from pulumi_dynamo_migrator.lifecycle.drift import drifted
from pulumi_dynamo_migrator.model.history import Entry
from pulumi_dynamo_migrator.model.observed import ObservedTable
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    GlobalIndex,
    PointInTimeRecovery,
    Projection,
    ProjectionType,
    Settings,
    Stream,
    Ttl,
    Units,
)
from pulumi_dynamo_migrator.plan.planner import make_plan
from tests.fakes.plans import (
    IDENTITY,
    NEW,
    OLD,
    SEEN,
    asks,
    entry,
    fed,
    grown,
    situation,
    table,
    under_way,
    version,
)

INPUTS: dict[str, Any] = {
    "hash_key": "id",
    "attributes": {"id": "S"},
    "deletion_protection_enabled": False,
    "__urn": IDENTITY.urn,
}


def known(**inputs: Any) -> Entry:
    bag = {**INPUTS, **inputs}
    spec = parse(bag).spec
    assert spec is not None
    return entry(asked=asked_text(bag, spec))


def after(seen: ObservedTable, known: Entry, **inputs: Any) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A refresh that finds `seen`, after an `up` with these inputs."""
    bag = {**INPUTS, **inputs}
    before = told(known, table(), bag)
    return drifted(known, seen, before, told(known, seen, before))


def told(known: Entry, seen: ObservedTable, bag: dict[str, Any]) -> dict[str, Any]:
    return outputs(known, seen, bag, stream_arns={}, conflicts=0, failed_items=0)


def test_a_table_that_is_as_asked_shows_nothing_and_needs_nothing() -> None:
    outs, inputs = after(table(), known())
    assert inputs is None
    assert not differs(outs, INPUTS, now=0.0)


def test_a_drifted_setting_comes_back_as_an_input_and_is_put_right() -> None:
    seen = table(settings=replace(SEEN, deletion_protection=True))
    outs, inputs = after(seen, known())
    assert inputs is not None
    assert inputs["deletion_protection_enabled"] is True
    assert differs(outs, INPUTS, now=0.0)


def test_what_was_never_stated_does_not_drift() -> None:
    seen = table(settings=replace(SEEN, ttl=Ttl(True, "t"), stream=Stream(True, "NEW_IMAGE"), table_class="X"))
    assert after(seen, known())[1] is None


def test_every_setting_has_a_spelling() -> None:
    asked: dict[str, Any] = {
        "billing_mode": "PAY_PER_REQUEST",
        "on_demand_throughput": {"max_read_request_units": 5},
        "warm_throughput": {"read_units_per_second": 20_000},
        "stream_enabled": False,
        "ttl": {"enabled": False},
        "point_in_time_recovery": {"enabled": True},
        "server_side_encryption": {"enabled": True, "kms_key_arn": "arn:key"},
        "table_class": "STANDARD",
        "tags": {"a": "1"},
    }
    seen = Settings(
        billing_mode=BillingMode.PROVISIONED,
        capacity=Units(5, 6),
        on_demand=None,
        warm=None,
        stream=Stream(True, "KEYS_ONLY"),
        ttl=Ttl(True, "t"),
        point_in_time_recovery=PointInTimeRecovery(False),
        encryption=SEEN.encryption,
        table_class="STANDARD_INFREQUENT_ACCESS",
        deletion_protection=True,
        tags=(("b", "2"),),
    )
    _, inputs = after(table(settings=seen), known(**asked), **asked)
    assert inputs is not None
    again = parse(inputs).spec
    assert again is not None
    assert again.settings == replace(seen, warm=None, on_demand=None)


def test_a_strange_global_index_comes_back_as_an_input() -> None:
    index = GlobalIndex("by_at", ("at", "id"), ("n",), Projection(ProjectionType.INCLUDE, ("x",)))
    wide = replace(OLD, attributes=(("at", "N"), ("id", "S"), ("n", "N")), global_indexes=(index,))
    _, inputs = after(table(wide), known())
    assert inputs is not None
    again = parse(inputs).spec
    assert again is not None
    assert again.structure == wide


def test_a_global_index_that_is_gone_is_gone_from_the_inputs() -> None:
    indexes = [{"name": "by_at", "hash_key": "at"}]
    asked = {"attributes": {"at": "N", "id": "S"}, "global_secondary_indexes": indexes}
    _, inputs = after(table(), known(**asked), **asked)
    assert inputs is not None
    assert "global_secondary_indexes" not in inputs
    assert inputs["attributes"] == {"id": "S"}


def test_the_name_of_the_program_stays_the_programs() -> None:
    seen = table(settings=replace(SEEN, deletion_protection=True))
    assert "name" not in (after(seen, known())[1] or {})
    assert (after(seen, known(name="orders"), name="orders")[1] or {})["name"] == "orders"


def test_while_a_migration_runs_nothing_is_drift() -> None:
    running = replace(under_way(make_plan(asks(NEW), situation()), Stage.COPYING), asked=known().asked)
    seen = table(settings=replace(SEEN, stream=Stream(True, "NEW_AND_OLD_IMAGES"), deletion_protection=True))
    outs, inputs = after(seen, running)
    assert inputs is None
    assert differs(outs, INPUTS, now=0.0)


def test_a_refresh_keeps_what_was_asked() -> None:
    bag = {**INPUTS, "tags": {"a": "1"}}
    outs, _ = after(table(settings=replace(SEEN, tags=(("a", "1"),))), known(tags={"a": "1"}), tags={"a": "1"})
    assert not differs(outs, bag, now=0.0)
    assert differs(outs, INPUTS, now=0.0)


def test_where_one_has_gone_back_what_the_program_asks_beyond_that_is_no_drift() -> None:
    """Guards against a change that every refresh shows and no `up` can put right."""
    asked: dict[str, Any] = {
        "hash_key": "country",
        "range_key": "id",
        "attributes": {"at": "N", "country": "S", "id": "S"},
        "local_secondary_indexes": [{"name": "by_at", "range_key": "at"}],
        "serve": 1,
    }
    inputs = {**INPUTS, **asked}
    back = grown(
        served=1,
        versions=(version(1), version(2, frozen=True)),
        feeds=(fed(2, ended_at="x"),),
        asked=known(**asked).asked,
    )
    outs, shown = after(table(NEW), back, **asked)
    assert shown is None
    assert not differs(outs, inputs, now=0.0)
    changed = table(NEW, replace(SEEN, deletion_protection=True))
    assert (after(changed, back, **asked)[1] or {})["deletion_protection_enabled"] is True
    assert after(table(NEW), replace(back, versions=(version(1),)), **asked)[1] is not None
