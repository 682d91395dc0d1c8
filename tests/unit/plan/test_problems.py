"""Each bad description gives one sentence that says what, where and what now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    GlobalIndex,
    LocalIndex,
    Options,
    PointInTimeRecovery,
    Projection,
    ProjectionType,
    Settings,
    Spec,
    Stream,
    Structure,
    Ttl,
    Units,
)
from pulumi_dynamo_migrator.plan.problems import problems
from tests.fakes.plans import INDEXED, NEW, OLD, asks, conversion


def locals_(count: int) -> Structure:
    names = [f"at{n}" for n in range(count)]
    indexes = tuple(LocalIndex(f"by_{name}", name) for name in names)
    return replace(NEW, attributes=(*NEW.attributes, *((name, "S") for name in names)), local_indexes=indexes)


def with_index(index: GlobalIndex) -> Spec:
    names = {*OLD.keys, *index.keys}
    return asks(Structure("id", None, tuple((name, "S") for name in sorted(names)), global_indexes=(index,)))


BAD = {
    "attribute missing for the hash key": (asks(Structure("id", None, ())), ["hash_key", "'id'", "add 'id'"]),
    "attribute missing for the range key": (asks(replace(NEW, attributes=(("country", "S"),))), ["range_key", "'id'"]),
    "attribute missing for a local index": (
        asks(replace(INDEXED, attributes=NEW.attributes)),
        ["local index 'by_at'", "'at'", "S, N or B"],
    ),
    "attribute missing for a global index": (
        asks(replace(OLD, global_indexes=(GlobalIndex("by_x", ("x",)),))),
        ["global index 'by_x'", "'x'", "add"],
    ),
    "attribute declared and unused": (
        asks(replace(OLD, attributes=(("id", "S"), ("name", "S")))),
        ["'name'", "declared but no key and no index uses it", "take it out"],
    ),
    "key type that is none": (asks(Structure("id", None, (("id", "BOOL"),))), ["'id'", "'BOOL'", "S (string)"]),
    "six local indexes": (asks(locals_(6)), ["local_secondary_indexes", "6", "allows 5", "global"]),
    "conversions out of order": (
        asks(conversions=(conversion(3), conversion(2))),
        ["number 2 comes after 3", "put it last"],
    ),
    "a conversion twice": (asks(conversions=(conversion(2), conversion(2))), ["number 2 comes after 2"]),
    "a conversion numbered 1": (asks(conversions=(conversion(1),)), ["number 1", "from 2 on"]),
    "one attribute for both keys": (asks(replace(OLD, range_key="id")), ["both 'id'", "leave range_key out"]),
    "a name that is none": (asks(name="a b"), ["name = 'a b'", "3 to 255", "choose another"]),
    "an adopted name that is none": (asks(adopt="x"), ["adopt = 'x'", "3 to 255"]),
    "two names": (asks(name="orders", adopt="other"), ["'orders'", "'other'", "leave `name` out"]),
    "a local index without a range key": (
        asks(Structure("id", None, (("at", "S"), ("id", "S")), (LocalIndex("by_at", "at"),))),
        ["range_key", "global index"],
    ),
    "a local index on a table key": (
        asks(replace(NEW, local_indexes=(LocalIndex("by_id", "id"),))),
        ["'by_id'", "another attribute"],
    ),
    "two indexes of one name": (
        asks(replace(INDEXED, global_indexes=(GlobalIndex("by_at", ("at",)),))),
        ["two indexes are named 'by_at'", "rename one"],
    ),
    "an index name that is none": (with_index(GlobalIndex("a", ("x",))), ["index name 'a'", "choose another"]),
    "too many keys of a global index": (
        with_index(GlobalIndex("by_many", ("a", "b", "c", "d", "e"))),
        ["'by_many'", "5 hash", "leave some out"],
    ),
    "INCLUDE of nothing": (
        with_index(GlobalIndex("by_x", ("x",), projection=Projection(ProjectionType.INCLUDE))),
        ["'by_x'", "INCLUDE", "list them"],
    ),
    "attributes that are not included": (
        with_index(GlobalIndex("by_x", ("x",), projection=Projection(ProjectionType.ALL, ("a",)))),
        ["'by_x'", "non_key_attributes", "use INCLUDE"],
    ),
    "provisioned without capacity": (
        asks(settings=Settings(billing_mode=BillingMode.PROVISIONED)),
        ["read_capacity and write_capacity", "give both"],
    ),
    "provisioned with half a capacity": (
        asks(settings=Settings(billing_mode=BillingMode.PROVISIONED, capacity=Units(1, None))),
        ["give both"],
    ),
    "a stream without a view": (asks(settings=Settings(stream=Stream(True))), ["stream_view_type", "NEW_IMAGE"]),
    "a stream with a view that is none": (asks(settings=Settings(stream=Stream(True, "ALL"))), ["'ALL'"]),
    "a TTL of nothing": (asks(settings=Settings(ttl=Ttl(True))), ["ttl", "attribute_name", "name the attribute"]),
    "a class that is none": (asks(settings=Settings(table_class="CHEAP")), ["'CHEAP'", "STANDARD"]),
    "a recovery period that is none": (
        asks(settings=Settings(point_in_time_recovery=PointInTimeRecovery(True, 36))),
        ["recovery_period_in_days", "1 to 35"],
    ),
    "a time-out beyond Lambda's": (asks(options=Options(function_timeout=901)), ["function_timeout", "1 to 900"]),
    "a way to verify that is none": (asks(options=Options(verify="no")), ["verify = 'no'", "check, repair"]),
    "an answer to errors that is none": (asks(options=Options(on_item_error="x")), ["on_item_error", "stop, skip"]),
    "no workers": (asks(options=Options(workers=0)), ["workers = 0", "above 0"]),
    "no process": (asks(options=Options(processes=0)), ["processes = 0", "1 to 64"]),
    "more processes than a machine": (asks(options=Options(processes=65)), ["processes = 65", "1 to 64"]),
}


@pytest.mark.parametrize(("spec", "words"), BAD.values(), ids=BAD.keys())
def test_a_bad_description_gives_one_sentence(spec: Spec, words: list[str]) -> None:
    (found,) = problems(spec)
    assert all(word in found for word in words), found
    assert found.endswith((".", ")."))
    assert "\n" not in found


@pytest.mark.parametrize("spec", [asks(OLD), asks(NEW), asks(INDEXED), asks(locals_(5)), asks(name="orders")])
def test_a_good_description_gives_none(spec: Spec) -> None:
    assert problems(spec) == []


def test_every_problem_is_told_at_once() -> None:
    spec = asks(Structure("id", None, (("x", "Q"),)), name="a b", options=Options(verify="no"))
    assert len(problems(spec)) == 5
