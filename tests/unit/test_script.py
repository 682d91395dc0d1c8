"""What a migration script hands to the engine, seen by the engine's mocks: no engine, no plugin, no AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, settings

from pulumi_dynamo_migrator import Migration, Migrator, MigratorError
from pulumi_dynamo_migrator.conversion.load import load
from pulumi_dynamo_migrator.conversion.source import CapturedSource
from pulumi_dynamo_migrator.conversion.view import ItemView
from tests.unit.conversion.conftest import write as write  # noqa: PLC0414 - a fixture

CREATE: dict[str, Any] = {
    "TableName": "first_table",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


class Engine(mocks.Mocks):
    """Keeps the inputs of every registration."""

    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.inputs[args.name] = dict(args.inputs)
        return f"{args.name}-id", {**args.inputs, "name": f"{args.name}-table"}

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


def every_operation() -> Any:
    migrator = Migrator("customers")

    @migrator.version(1)
    @migrator.create(**CREATE)
    def v1(table: Any) -> None: ...

    @migrator.version(2)
    @migrator.add_index(AttributeDefinitions=[{"AttributeName": "at", "AttributeType": "N"}])
    def v2(table: Any) -> None: ...

    @migrator.version(3)
    @migrator.delete_table("first_table")
    def v3(migrate: Any) -> None: ...

    @migrator.version(4)
    @migrator.convert(lambda item: {"id": item.id.lower()}, distinct_keys=True)
    def v4(migrate: Any) -> None: ...

    @migrator.version(5)
    @migrator.remove_index("by_at", "by_name")
    def v5(table: Any) -> None: ...

    @migrator.version(6)
    @migrator.change_key(KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    def v6(table: Any) -> None: ...

    @migrator.version(7)
    @migrator.update(BillingMode="PROVISIONED")
    def v7(table: Any) -> None: ...

    return migrator.table.name


def test_every_operation_is_handed_over_as_it_was_written(engine: Engine) -> None:
    run(every_operation)
    script = engine.inputs["customers"]["script"]
    assert script["identifier"] == "customers"
    told = [(one["version"], one["operation"], one["arguments"]) for one in script["steps"]]
    assert told == [
        (1, "create", CREATE),
        (2, "add_index", {"AttributeDefinitions": [{"AttributeName": "at", "AttributeType": "N"}]}),
        (3, "delete_table", {"table": "first_table", "backup": True, "evidence": 86400, "accept_conflicts": False}),
        (4, "convert", {}),
        (5, "remove_index", {"names": ["by_at", "by_name"]}),
        (6, "change_key", {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}),
        (7, "update", {"BillingMode": "PROVISIONED"}),
    ]
    assert [one["callback"] for one in script["steps"]] == [f"v{n}" for n in range(1, 8)]
    lines = [one["where"] for one in script["steps"]]
    assert all(where.startswith("tests/unit/test_script.py, line ") for where in lines)
    assert len(set(lines)) == 7
    [conversion] = [one["conversion"] for one in script["steps"] if "conversion" in one]
    assert (conversion["number"], conversion["distinct_keys"]) == (4, True)
    assert load(CapturedSource.from_json(conversion["source"]))(ItemView(id="LIS")) == {"id": "lis"}


def test_versions_and_operations_find_each_other_in_either_order_and_what_is_alone_is_told_too(engine: Engine) -> None:
    def program() -> Any:
        migrator = Migrator("customers")

        @migrator.create(**CREATE)
        @migrator.version(1)
        def v1(table: Any) -> None: ...

        def again(table: Any) -> None: ...

        for number in (2, 3):
            migrator.version(number)(migrator.update(TableClass=f"{number}")(again))
        migrator.version(4)(migrator.update(TableClass="4"))

        @migrator.update(TableClass="none")
        def without_a_version(table: Any) -> None: ...

        migrator.update(TableClass="alone")

        @migrator.version(5)
        def without_an_operation(table: Any) -> None: ...

        return migrator.table.name

    run(program)
    told = [
        (one.get("version"), one.get("operation"), one["arguments"].get("TableClass"), one.get("callback"))
        for one in engine.inputs["customers"]["script"]["steps"]
    ]
    assert told == [
        (1, "create", None, "v1"),
        (2, "update", "2", "again"),
        (3, "update", "3", "again"),
        (4, "update", "4", None),
        (None, "update", "none", "without_a_version"),
        (None, "update", "alone", None),
        (5, "version", None, "without_an_operation"),
    ]


def test_decorators_give_their_function_back_and_arguments_are_taken_as_they_were(engine: Engine) -> None:
    def program() -> Any:
        migrator = Migrator("customers")
        definitions = [{"AttributeName": "id", "AttributeType": "S"}]

        def v1(table: Any) -> str:
            return "called by hand"

        decorated = migrator.version(1)(migrator.create(AttributeDefinitions=definitions)(v1))
        assert decorated is v1
        assert decorated({}) == "called by hand"
        definitions.append({"AttributeName": "later", "AttributeType": "N"})
        return migrator.table.name

    run(program)
    [step] = engine.inputs["customers"]["script"]["steps"]
    assert step["arguments"]["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]


def test_outputs_inside_arguments_are_waited_for_and_what_is_no_json_goes_as_text(engine: Engine) -> None:
    def program() -> Any:
        migrator = Migrator("customers")
        tag = {"Key": "team", "Value": pulumi.Output.from_input("blue").apply(str.upper)}
        migrator.version(1)(migrator.create(Tags=[tag], KeySchema=({"AttributeName": b"id"},), TableName={"a"}))
        return migrator.table.name

    run(program)
    [step] = engine.inputs["customers"]["script"]["steps"]
    assert step["arguments"] == {
        "Tags": [{"Key": "team", "Value": "BLUE"}],
        "KeySchema": [{"AttributeName": "b'id'"}],
        "TableName": "{'a'}",
    }


@pytest.mark.parametrize(
    ("given", "resource", "identifier"),
    [
        ({"name": "customers"}, "customers", "customers"),
        ({"identifier": "customers"}, "customers", "customers"),
        ({"name": "customers", "identifier": "make customer_table.py"}, "customers", "make customer_table.py"),
        ({}, "shop", "dynamodb_migrator.py"),
    ],
)
def test_a_script_is_known_by_its_name_its_identifier_or_the_project(
    engine: Engine, given: dict[str, Any], resource: str, identifier: str
) -> None:
    def program() -> Any:
        return Migrator(**given).table.urn

    run(program)
    assert engine.inputs[resource]["script"] == {"identifier": identifier, "steps": []}


def test_what_stands_beside_the_script_goes_to_the_table_and_two_scripts_are_two(engine: Engine) -> None:
    def program() -> Any:
        manner = Migration(fence=True, accept_loss=True)
        one = Migrator("one", region="eu-west-1", adopt="legacy", serve=1, migration=manner)
        two = Migrator("two")
        two.version(1)(two.create(**CREATE))
        one.migrate()  # early releases of the older library ended with this call
        return pulumi.Output.all(one.table.urn, two.table.urn)

    run(program)
    one, two = engine.inputs["one"], engine.inputs["two"]
    assert {name: one.get(name) for name in ("region", "adopt", "serve", "migration")} == {
        "region": "eu-west-1",
        "adopt": "legacy",
        "serve": 1,
        "migration": {"fence": True, "accept_loss": True},
    }
    assert one["script"]["steps"] == []
    assert [step["version"] for step in two["script"]["steps"]] == [1]


def test_a_decorator_after_the_programs_end_is_refused_with_its_line(engine: Engine) -> None:
    kept: list[Migrator] = []

    def program() -> Any:
        kept.append(Migrator("customers"))
        return kept[0].table.urn

    run(program)
    with pytest.raises(
        MigratorError, match=r"script customers has ended, and tests/unit/test_script.py, line \d+ adds"
    ):
        kept[0].create(**CREATE)


def test_a_conversion_that_cannot_be_shipped_is_told_as_its_problem(engine: Engine) -> None:
    def program() -> Any:
        migrator = Migrator("customers")
        live = object()
        migrator.version(2)(migrator.convert(lambda item: {**item, "live": live}))
        migrator.version(3)(migrator.convert())
        return migrator.table.urn

    run(program)
    first, second = (step["conversion"] for step in engine.inputs["customers"]["script"]["steps"])
    assert "conversion 2 cannot be shipped" in first["problem"]
    assert "it uses live" in first["problem"]
    assert "it is a NoneType, and no function" in second["problem"]


SCRIPT = """
    from decimal import Decimal

    from pulumi_dynamo_migrator import Migrator

    migrator = Migrator("customers")
    RATE = Decimal("2")

    def whole(item):
        return translate(item.id)

    @migrator.version(2)
    @migrator.convert(
        lambda item: {
            # of several lines, with a helper that comes later
            "id": translate(
                item.id
            ),
            "n": item["n"] * RATE,
        },
        reverse=lambda item: {"id": item.id.upper(), "n": item["n"] / RATE},
    )
    def v2(migrate):
        migrate()

    @migrator.version(3)
    @migrator.convert(lambda item: {**item, "words": [word for word in item.id.split("-")]}, distinct_keys=True)
    def v3(migrate): migrate()

    @migrator.version(4)
    @migrator.change_key(KeySchema=[], convert=lambda item: translate(item.id) + str(RATE))
    def v4(migrate): migrate()

    @migrator.version(5)
    @migrator.convert(whole)
    def v5(migrate): migrate()

    def translate(text):
        return text.lower()
"""


def test_conversions_of_a_real_file_are_shipped_without_the_script(engine: Engine, write: Any) -> None:
    run(lambda: write(SCRIPT, "script").migrator.table.urn)
    steps = {step["version"]: step["conversion"] for step in engine.inputs["customers"]["script"]["steps"]}
    item = ItemView(id="LIS-X", n=7)
    assert {step: load(CapturedSource.from_json(steps[step]["source"]))(item) for step in steps} == {
        2: {"id": "lis-x", "n": 14},
        3: {"id": "LIS-X", "n": 7, "words": ["LIS", "X"]},
        4: "lis-x2",
        5: "lis-x",
    }
    assert load(CapturedSource.from_json(steps[2]["reverse"]))(item) == {"id": "LIS-X", "n": 3.5}
    assert "migrator" not in str([one["source"]["files"] for one in steps.values()])
