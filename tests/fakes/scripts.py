"""Migration scripts as the program hands them over: the input property `script`, step by step, in boto3's words."""

from __future__ import annotations

from typing import Any

from pulumi_dynamo_migrator.bags.props import parse
from pulumi_dynamo_migrator.lowering.lower import lower
from pulumi_dynamo_migrator.model.spec import Spec
from tests.fakes.plans import source

Bag = dict[str, Any]


def step(version: Any, operation: str, conversion: Bag | None = None, **arguments: Any) -> Bag:
    """One step, on the line ten times its version."""
    line = f"shop.py, line {version * 10}" if isinstance(version, int) else "shop.py, line 1"
    found = {"version": version, "operation": operation, "arguments": arguments, "where": line, "callback": "v"}
    return found if conversion is None else {**found, "conversion": conversion}


def script(*steps: Any, **more: Any) -> Bag:
    """A script of these steps."""
    return {"steps": list(steps), **more}


def attributes(**types: str) -> list[Bag]:
    """AttributeDefinitions."""
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def keys(*hashed: str, ranged: str | tuple[str, ...] = ()) -> list[Bag]:
    """KeySchema."""
    names = (ranged,) if isinstance(ranged, str) else ranged
    pairs = [*((name, "HASH") for name in hashed), *((name, "RANGE") for name in names)]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in pairs]


def index(name: str, schema: list[Bag], projection: str = "ALL", **more: Any) -> Bag:
    """An index, local or global."""
    return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": projection}, **more}


def create(version: Any = 1, **more: Any) -> Bag:
    """A table `orders` with the hash key `id` and the range key `at`, on demand."""
    keywords: Bag = {
        "TableName": "orders",
        "AttributeDefinitions": attributes(id="S", at="S"),
        "KeySchema": keys("id", ranged="at"),
        "BillingMode": "PAY_PER_REQUEST",
    }
    return step(version, "create", **{**keywords, **more})


def add_local(version: Any = 2, name: str = "by_city", attribute: str = "city") -> Bag:
    """A local index."""
    return step(
        version,
        "add_index",
        AttributeDefinitions=attributes(**{attribute: "S"}),
        LocalSecondaryIndexes=[index(name, keys("id", ranged=attribute))],
    )


def add_global(version: Any = 2, name: str = "by_name", attribute: str = "name", **more: Any) -> Bag:
    """A global index."""
    return step(
        version,
        "add_index",
        AttributeDefinitions=attributes(**{attribute: "S"}),
        GlobalSecondaryIndexes=[index(name, keys(attribute), **more)],
    )


def captured(number: int, text: str = "return item", **more: Any) -> Bag:
    """A conversion as the program captured it."""
    return {"number": number, "source": source(text).to_json(), "distinct_keys": False, **more}


def convert(version: Any, text: str = "return item", **more: Any) -> Bag:
    """A step that converts."""
    return step(version, "convert", captured(2, text, **more))


def bag_after(*steps: Any) -> Bag:
    """The declarative arguments at the end of a script that has no problem."""
    lowered = lower(script(*steps))
    assert lowered.problems == ()
    return lowered.bags[-1]


def problem_of(*steps: Any) -> str:
    """The one problem of a script."""
    (found,) = lower(script(*steps)).problems
    return found


def spec_of(*steps: Any, **beside: Any) -> Spec:
    """What a script without a problem asks; `beside` stands beside it (`serve=`, say)."""
    parsed = parse({"script": script(*steps), **beside})
    assert parsed.problems == ()
    assert parsed.spec is not None
    return parsed.spec


def delete_table(version: Any, table: str = "orders", **more: Any) -> Bag:
    """The end of an old version."""
    return step(version, "delete_table", table=table, **more)
