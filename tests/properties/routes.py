"""Every route of a resource's life, walked on the real doors over an AWS in memory, to be disturbed at any call."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from pulumi_dynamo_migrator import Conversion
from pulumi_dynamo_migrator.aws.older_library import METADATA
from pulumi_dynamo_migrator.model.names import CONTROL_TABLE
from tests.fakes.clients.calls import KilledError
from tests.fakes.clients.world import Bag, Life, World, seen
from tests.fakes.scripts import create, script
from tests.soaking import SOAK

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/dynamo:MigratedTable::orders"
ITEMS = [{"id": {"S": f"k{number}"}, "at": {"N": str(number)}} for number in range(5)]
MEANWHILE = {"id": {"S": "meanwhile"}, "at": {"N": "7"}}


def double(item: dict[str, Any]) -> dict[str, Any]:
    item["feet"] = item["at"] * 2
    return item


ONE_BY_ONE = {"workers": 1, "function_timeout": 1}
DRAWN: Bag = {"hash_key": "id", "attributes": {"id": "S"}, "migration": ONE_BY_ONE}
FIRST: Bag = {**DRAWN, "name": "orders"}
RANGED: Bag = {**FIRST, "range_key": "at", "attributes": {"id": "S", "at": "N"}}
CONVERTED: Bag = {**RANGED, "conversions": [Conversion(2, double).as_property()]}
FENCED: Bag = {**RANGED, "migration": {**ONE_BY_ONE, "fence": True}}
HELD: Bag = {**RANGED, "serve": 1}
BACK: Bag = {**RANGED, "serve": 1, "migration": {**ONE_BY_ONE, "accept_loss": True}}
RETIRED: Bag = {**RANGED, "retire": [{"version": 1, "evidence": 0}]}
SETTLED: Bag = {
    **FIRST,
    "attributes": {"id": "S", "at": "N"},
    "global_secondary_indexes": [{"name": "by_at", "hash_key": "at", "projection_type": "ALL"}],
    "stream_enabled": True,
    "stream_view_type": "NEW_AND_OLD_IMAGES",
    "ttl": {"enabled": True, "attribute_name": "expires"},
    "point_in_time_recovery": {"enabled": True},
    "deletion_protection_enabled": True,
    "table_class": "STANDARD_INFREQUENT_ACCESS",
    "tags": {"team": "blue"},
}
BY_AT = [{"name": "by_at", "hash_key": "at", "projection_type": "ALL"}]
PAID = {"billing_mode": "PROVISIONED", "read_capacity": 9, "write_capacity": 1, "global_secondary_indexes": BY_AT}
PAID_FIRST: Bag = {**FIRST, **PAID, "attributes": {"id": "S", "at": "N"}}
IN_TIME: Bag = {**RANGED, **PAID, "migration": {**ONE_BY_ONE, "copy_within": 2}}
BARE: Bag = {**SETTLED, "global_secondary_indexes": [], "attributes": {"id": "S"}, "stream_enabled": False}
ADOPTED: Bag = {**DRAWN, "adopt": "theirs"}
ADOPTED_RANGED: Bag = {**ADOPTED, "range_key": "at", "attributes": {"id": "S", "at": "N"}}

SCRIPT: Bag = {"script": script(create(), identifier="shop")}
"""A script whose one version the older library has applied."""

DESTROY: Bag = {}
"""Asked for last: `pulumi destroy`."""


@dataclass(frozen=True)
class Route:
    """What a life was asked before, and what it is asked when it dies."""

    before: tuple[Bag, ...]
    last: Bag


ROUTES = {
    "create": Route((), FIRST),
    "create under a drawn name": Route((), DRAWN),
    "create with all settings": Route((), SETTLED),
    "adopt": Route((), ADOPTED),
    "take over": Route((), SCRIPT),
    "in place": Route((FIRST,), SETTLED),
    "in place, taken back": Route((SETTLED,), BARE),
    "successor": Route((FIRST,), RANGED),
    "successor of all settings": Route((SETTLED,), {**SETTLED, "range_key": "at"}),
    "successor with a conversion": Route((FIRST,), CONVERTED),
    "successor in time": Route((PAID_FIRST,), IN_TIME),
    "successor of an adopted table": Route((ADOPTED,), ADOPTED_RANGED),
    "held": Route((FIRST,), HELD),
    "let go": Route((FIRST, HELD), RANGED),
    "fenced": Route((FIRST,), FENCED),
    "back": Route((FIRST, RANGED), BACK),
    "retire": Route((FIRST, RANGED), RETIRED),
    "retire a fenced one": Route((FIRST, FENCED), RETIRED),
    "destroy": Route((FIRST, RANGED), DESTROY),
    "destroy a held one": Route((FIRST, HELD), DESTROY),
    "destroy an adopted one": Route((ADOPTED, ADOPTED_RANGED), DESTROY),
}


def come_to(route: Route) -> tuple[World, Life]:
    """A life that was asked all that comes before."""
    world, life = World(), Life(URN)
    if any("adopt" in bag for bag in (*route.before, route.last)):
        _standing(world, "theirs", "id")
    if "script" in route.last:
        _standing(world, "orders", "id", "at")
        _standing(world, METADATA, "identifier")
        applied = {"1": {"M": {"tables": {"SS": ["orders"]}}}}
        world.dynamodb.put_item(TableName=METADATA, Item={"identifier": {"S": "shop"}, **applied})
    for number, bag in enumerate(route.before):
        name = world.up(life, bag)["name"]
        for item in ITEMS if not number else ():
            assert world.write(name, item)
    return world, life


def _standing(world: World, name: str, *keys: str) -> None:
    """A table that somebody else has made."""
    world.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )


def asked(world: World, life: Life, route: Route, *, dies_at: int | None = None) -> None:
    """What the route asks last."""
    if route.last is DESTROY:
        world.destroy(life, route.before[-1], dies_at=dies_at)
    else:
        world.up(life, route.last, dies_at=dies_at)


@dataclass(frozen=True)
class Calm:
    """A route that nobody disturbs: where it begins, and its end.

    `places`: before which calls it is killed. All in a soak; else one for each state in which AWS is left, for reads
    leave none (the last is after all calls). `moments`: at which calls another one comes in: as well before each write,
    when all that it rests on has been read.
    """

    route: Route
    world: World
    life: Life
    places: tuple[int, ...]
    moments: tuple[int, ...]
    end: dict[str, Any]

    def begin(self) -> tuple[World, Life]:
        """Where it begins, once more."""
        return self.world.copy(), replace(self.life)

    def killed(self, at: int) -> tuple[World, Life]:
        """The same, killed before call `at`; the last place is after all calls, and Pulumi never hears of it either."""
        world, life = self.begin()
        with suppress(KilledError):
            asked(world, life, self.route, dies_at=at)
        life.id = self.life.id
        return world, life


def calm(name: str) -> Calm:
    """Walk a route once."""
    route = ROUTES[name]
    world, life = come_to(route)
    before = world.copy(), replace(life)
    asked(world, life, route)
    assert life.outputs["phase"] in ("ready", "held")
    writes, last = world.calls.writes(), len(world.calls.did)
    after = {1, *(number + 1 for number in writes)}
    every = set(range(1, last + 1))
    before_the_lease = range(1, writes[0] + 1)
    places, moments = (
        (after, {*before_the_lease, *writes, *after} & every) if SOAK == 1 else ({*every, last + 1}, every)
    )
    return Calm(route, *before, tuple(sorted(places)), tuple(sorted(moments)), seen(world, life))


def left(world: World) -> tuple[list[str], list[str], list[str], list[str]]:
    """Tables but the ledger's, functions, mappings, roles."""
    tables = sorted(set(world.dynamodb.tables) - {CONTROL_TABLE})
    return tables, sorted(world.lambdas.functions), sorted(world.lambdas.mappings), sorted(world.iam.roles)
