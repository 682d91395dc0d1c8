"""What a program hands to the engine, seen by the engine's mocks: no engine, no plugin, no AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import mocks, rpc, settings

from pulumi_dynamo_migrator import Conversion, MigratedTable, Migration

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
