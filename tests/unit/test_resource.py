"""What a program hands to the engine, seen by the engine's mocks: no engine, no plugin, no AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import mocks, rpc, settings

from pulumi_dynamo_migrator import Conversion, MigratedTable, Migration, Retire
from pulumi_dynamo_migrator.resource import _ended

TABLE = "pulumi-python:dynamic/dynamo:MigratedTable"


class Engine(mocks.Mocks):
    """Keeps the inputs of every registration and answers with the physical name of a table."""

    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}
        self.order: list[dict[str, Any]] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.inputs[args.name] = dict(args.inputs)
        self.order.append(self.inputs[args.name])
        if args.typ == "aws:dynamodb/table:Table":
            return f"{args.name}-id", {**args.inputs, "name": f"{args.name}-physical"}
        return f"{args.name}-id", dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise NotImplementedError(args.token)


@pytest.fixture
def engine() -> Iterator[Engine]:
    found = Engine()
    mocks.set_mocks(found, project="shop", stack="dev")
    yield found
    settings.reset_options()


def run(program: Callable[[], Any]) -> None:
    """Run a program to the end of everything that it registered."""

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]


def test_a_table_resource_of_the_same_program_is_adopted_by_its_physical_name(engine: Engine) -> None:
    def program() -> Any:
        legacy = aws.dynamodb.Table("legacy", hash_key="id", attributes=[{"name": "id", "type": "S"}])
        adopted = MigratedTable("orders", adopt=legacy, hash_key="id", attributes={"id": "S"})
        return adopted.urn

    run(program)
    assert engine.inputs["orders"]["adopt"] == "legacy-physical"


def test_argument_objects_and_dicts_in_either_case_are_the_same_inputs(engine: Engine) -> None:
    def program() -> Any:
        MigratedTable(
            "objects",
            hash_key="id",
            attributes=[aws.dynamodb.TableAttributeArgs(name="id", type="S")],
            local_secondary_indexes=[
                aws.dynamodb.TableLocalSecondaryIndexArgs(name="by", range_key="at", projection_type="ALL")
            ],
            ttl=aws.dynamodb.TableTtlArgs(attribute_name="until", enabled=True),
        )
        return MigratedTable(
            "dicts",
            hash_key="id",
            attributes={"id": "S"},
            local_secondary_indexes=[{"name": "by", "rangeKey": "at", "projection_type": "ALL"}],
            ttl={"attributeName": "until", "enabled": True},
        ).urn

    run(program)
    names = ("hash_key", "attributes", "local_secondary_indexes", "ttl")
    objects, dicts = ({name: engine.inputs[table].get(name) for name in names} for table in ("objects", "dicts"))
    assert objects == dicts
    assert objects["local_secondary_indexes"] == [{"name": "by", "range_key": "at", "projection_type": "ALL"}]


def test_the_name_of_the_engine_the_unknown_arguments_and_the_manner_come_along(engine: Engine) -> None:
    def convert(item: Any) -> Any:
        return item

    def program() -> Any:
        parent = pulumi.ComponentResource("shop:index:Shop", "shop")
        return MigratedTable(
            "orders",
            hash_key="id",
            attributes={"id": "S"},
            rnage_key="at",
            conversions=[Conversion(2, convert, distinct_keys=True)],
            migration=Migration(max_write_units=100),
            opts=pulumi.ResourceOptions(parent=parent),
        ).urn

    run(program)
    inputs = engine.inputs["orders"]
    assert inputs["__urn"].endswith(f"shop:index:Shop${TABLE}::orders")
    assert inputs["__unknown"] == ["rnage_key"]
    assert inputs["migration"] == {"max_write_units": 100}
    [conversion] = inputs["conversions"]
    assert (conversion["number"], conversion["distinct_keys"]) == (2, True)


def test_an_explicit_aws_provider_says_where_and_its_keys_are_secrets(engine: Engine) -> None:
    def program() -> Any:
        provider = aws.Provider("there", region="eu-central-1", access_key="AKIA", secret_key="very secret")
        options = pulumi.ResourceOptions(provider=provider)
        return MigratedTable("orders", hash_key="id", attributes={"id": "S"}, opts=options).urn

    run(program)
    told = engine.inputs["orders"]["__aws"]
    assert told.keys() == {rpc._special_sig_key, "value"}
    assert told[rpc._special_sig_key] == rpc._special_secret_sig
    given = {name: value for name, value in told["value"].items() if value is not None}
    assert given == {"region": "eu-central-1", "access_key": "AKIA", "secret_key": "very secret"}


def test_two_tables_of_one_name_under_different_parents_are_two_resources(engine: Engine) -> None:
    def program() -> Any:
        parents = [pulumi.ComponentResource("shop:index:Shop", letter) for letter in "ab"]
        tables = [
            MigratedTable("orders", hash_key="id", attributes={"id": "S"}, opts=pulumi.ResourceOptions(parent=parent))
            for parent in parents
        ]
        return pulumi.Output.all(*[table.urn for table in tables])

    run(program)
    assert [inputs["hash_key"] for inputs in engine.order if "hash_key" in inputs] == ["id", "id"]


def test_versions_to_end_are_numbers_names_or_dicts_and_the_served_one_is_pinned(engine: Engine) -> None:
    def program() -> Any:
        retire = [1, "orders_V2", Retire(version=3, backup=False), Retire(table="orders_V4", evidence=5)]
        return MigratedTable("orders", hash_key="id", attributes={"id": "S"}, serve=5, retire=retire).urn

    run(program)
    inputs = engine.inputs["orders"]
    defaults = {"evidence": 86400, "backup": True, "accept_conflicts": False}
    assert inputs["serve"] == 5
    assert inputs["retire"] == [
        1,
        "orders_V2",
        {**defaults, "version": 3, "backup": False},
        {**defaults, "table": "orders_V4", "evidence": 5},
    ]


def ended(new: dict[str, Any], *complaints: str) -> dict[str, Any]:
    """Run the hook of an `up` that ended with these outputs; what it had in hand."""
    seen: dict[str, Any] = {}

    async def after(inputs: Any, new: Any, old: Any) -> list[str]:
        seen.update(inputs=inputs, new=new, old=old)
        return list(complaints)

    async def hook() -> None:
        inputs = {"region": "eu-west-1", "__aws": pulumi.Output.secret({"secret_key": "very secret"})}
        await _ended(after)(pulumi.ResourceHookArgs("urn", "id", "orders", TABLE, inputs, None, new, None))

    run(lambda: pulumi.Output.from_input(hook()))
    return seen


def test_what_is_called_after_an_up_sees_secrets_in_clear(engine: Engine) -> None:
    assert ended({"phase": "ready"}) == {
        "inputs": {"region": "eu-west-1", "__aws": {"secret_key": "very secret"}},
        "new": {"phase": "ready"},
        "old": {},
    }


def test_an_up_fails_with_every_reason_together(engine: Engine) -> None:
    with pytest.raises(pulumi.RunError, match=r"^v1 is broken\nv2 is broken\nthe copy stopped$"):
        ended({"phase": "failed", "error": "the copy stopped"}, "v1 is broken", "v2 is broken")
    with pytest.raises(pulumi.RunError, match=r"^v1 is broken$"):
        ended({"phase": "ready"}, "v1 is broken")
