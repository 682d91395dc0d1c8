"""Bags of properties, however they are spelled, become one description; what is no description is told in words."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.bags.props import (
    asked_fingerprint,
    asked_text,
    fingerprint_before,
    parse,
    stated_before,
)
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Encryption,
    GlobalIndex,
    LocalIndex,
    PointInTimeRecovery,
    Projection,
    ProjectionType,
    Spec,
    Stream,
    Ttl,
    Units,
)
from tests.fakes.plans import asks, source

SMALL: dict[str, Any] = {"hash_key": "id", "attributes": {"id": "S"}}


def spec_of(**bag: Any) -> Spec:
    parsed = parse({**SMALL, **bag})
    assert parsed.spec is not None, parsed.problems
    return parsed.spec


def problem_of(**bag: Any) -> str:
    parsed = parse({**SMALL, **bag})
    assert parsed.spec is None
    (found,) = parsed.problems
    return found


def test_the_smallest_bag_is_a_description() -> None:
    assert spec_of() == asks()


def test_attributes_are_a_dict_or_a_list() -> None:
    assert spec_of(attributes=[{"name": "id", "type": "S"}]) == spec_of()


def test_indexes_are_read_in_snake_case_and_camel_case() -> None:
    snake = spec_of(
        range_key="at",
        local_secondary_indexes=[{"name": "l", "range_key": "x", "projection_type": "KEYS_ONLY"}],
        global_secondary_indexes=[
            {"name": "g", "hash_key": "x", "range_key": "at", "non_key_attributes": ["b", "a"], "read_capacity": 5.0}
            | {"write_capacity": 6.0, "projection_type": "INCLUDE"}
        ],
    )
    camel = spec_of(
        rangeKey="at",
        localSecondaryIndexes=[{"name": "l", "rangeKey": "x", "projectionType": "KEYS_ONLY"}],
        globalSecondaryIndexes=[
            {"name": "g", "hashKey": "x", "rangeKey": "at", "nonKeyAttributes": ["a", "b"], "readCapacity": 5}
            | {"writeCapacity": 6, "projectionType": "INCLUDE"}
        ],
    )
    assert snake == camel
    assert snake.structure.local_indexes == (LocalIndex("l", "x", Projection(ProjectionType.KEYS_ONLY)),)
    include = Projection(ProjectionType.INCLUDE, ("a", "b"))
    assert snake.structure.global_indexes == (GlobalIndex("g", ("x",), ("at",), include, Units(5, 6)),)


def test_a_global_index_of_several_keys() -> None:
    keys = [("a", "HASH"), ("b", "HASH"), ("c", "RANGE")]
    schemas = [{"attributeName": name, "keyType": kind} for name, kind in keys]
    found = spec_of(global_secondary_indexes=[{"name": "g", "keySchemas": schemas, "projection_type": "ALL"}])
    assert found.structure.global_indexes == (GlobalIndex("g", ("a", "b"), ("c",)),)


def test_settings_are_read_with_floats_as_they_arrive() -> None:
    found = spec_of(
        billing_mode="PROVISIONED",
        read_capacity=5.0,
        write_capacity="6",
        on_demand_throughput={"maxReadRequestUnits": 7.0},
        warm_throughput={"read_units_per_second": 12000.0, "write_units_per_second": 4000.0},
        stream_enabled=True,
        stream_view_type="NEW_IMAGE",
        ttl={"attributeName": "expires"},
        point_in_time_recovery={"enabled": True, "recoveryPeriodInDays": 7.0},
        server_side_encryption={"enabled": True, "kmsKeyArn": "arn:key"},
        table_class="STANDARD",
        deletion_protection_enabled=True,
        tags={"b": "2", "aName": "1"},
    ).settings
    assert (found.billing_mode, found.capacity) == (BillingMode.PROVISIONED, Units(5, 6))
    assert (found.on_demand, found.warm) == (Units(7, None), Units(12_000, 4_000))
    assert (found.stream, found.ttl) == (Stream(True, "NEW_IMAGE"), Ttl(True, "expires"))
    assert found.point_in_time_recovery == PointInTimeRecovery(True, 7)
    assert found.encryption == Encryption(True, "arn:key")
    assert found.tags == (("aName", "1"), ("b", "2"))
    assert found.deletion_protection is True


def test_what_is_none_was_not_asked_for() -> None:
    assert spec_of(ttl=None, tags=None, read_capacity=None, local_secondary_indexes=None, migration=None) == spec_of()


def test_options_and_conversions_are_read() -> None:
    json = source().to_json()
    one = {"number": 2.0, "source": json, "reverse": None, "distinct_keys": True}
    found = spec_of(conversions=[one], migration={"segments": 4.0, "verify": "repair", "wait_for": 1.5})
    assert (found.options.segments, found.options.verify, found.options.wait_for) == (4, "repair", 1.5)
    assert (found.options.processes, spec_of(migration={"processes": 4.0}).options.processes) == (1, 4)
    (conversion,) = found.conversions
    assert (conversion.number, conversion.source, conversion.distinct_keys) == (2, source(), True)


def test_hidden_properties_are_not_looked_at() -> None:
    assert spec_of(__urn="urn:x", _dry=True) == spec_of()


@pytest.mark.parametrize(
    ("bag", "words"),
    [
        ({"__unknown": ["hashkey"]}, ["unknown argument hashkey", "did you mean hash_key?"]),
        ({"__unknown": ["zzz"]}, ["unknown argument zzz", "see the arguments of aws.dynamodb.Table"]),
        ({"__unknown": ["replicas"]}, ["replicas= is not possible here", "leave replicas out"]),
        ({"serve": "two"}, ["serve= must be the number of a version", "'two'"]),
        ({"retire": 1}, ["retire= is a list of version numbers, table names or Retire(...)"]),
        ({"retire": [True]}, ["retire= must be the number of a version"]),
        ({"retire": [{"version": 1, "backups": False}]}, ["retire=: unknown backups", "evidence, backup"]),
        ({"retire": [{"backup": False}]}, ["retire=: name the version by its number or by its table"]),
        ({"retire": [{"version": 1, "evidence": -1}]}, ["evidence is a number of seconds, 0 or above"]),
        ({"migration": {"fence": "yes"}}, ["migration.fence must be True or False"]),
        ({"migration": {"worker": 3}}, ["unknown argument migration.worker", "did you mean workers?"]),
        ({"ttl": {"attribut_name": "x"}}, ["unknown argument attribut_name in ttl", "did you mean attribute_name?"]),
        (
            {"local_secondary_indexes": [{"name": "l", "range_key": "x", "projection": "ALL"}]},
            ["unknown argument projection in local_secondary_indexes[0]", "projection_type"],
        ),
        (
            {"global_secondary_indexes": [{"name": "g", "hash_key": "x", "warm_throughput": {"read": 1}}]},
            ["unknown argument read in global_secondary_indexes[0].warm_throughput"],
        ),
        ({"hash_key": None}, ["hash_key is missing", "name the attribute"]),
        ({"attributes": "id"}, ["attributes must be a dict"]),
        ({"local_secondary_indexes": {"name": "l"}}, ["local_secondary_indexes must be a list"]),
        ({"global_secondary_indexes": ["g"]}, ["global_secondary_indexes[0] must be a dict", "it is str"]),
        ({"local_secondary_indexes": [{"name": "l"}]}, ["a local index has no range_key"]),
        ({"global_secondary_indexes": [{"name": "g"}]}, ["global index 'g' has no hash_key"]),
        (
            {"global_secondary_indexes": [{"name": "g", "key_schemas": [{"attribute_name": "x"}]}]},
            ["key_schemas[0]", "HASH or RANGE"],
        ),
        (
            {"local_secondary_indexes": [{"name": "l", "range_key": "x", "projection_type": "SOME"}]},
            ["'SOME'", "ALL, KEYS_ONLY or INCLUDE"],
        ),
        ({"billing_mode": "FREE"}, ["'FREE'", "PAY_PER_REQUEST"]),
        ({"read_capacity": "many"}, ["read_capacity must be a whole number", "'many'"]),
        ({"read_capacity": 1.5}, ["read_capacity must be a whole number", "1.5"]),
        ({"read_capacity": float("nan")}, ["read_capacity must be a whole number"]),
        ({"deletion_protection_enabled": "false"}, ["deletion_protection_enabled must be True or False", "'false'"]),
        ({"ttl": {"enabled": "no", "attribute_name": "t"}}, ["ttl.enabled must be True or False"]),
        (
            {"local_secondary_indexes": [{"name": "l", "range_key": "x", "non_key_attributes": "ab"}]},
            ["local_secondary_indexes[0].non_key_attributes must be a list"],
        ),
        (
            {"conversions": [{"number": "two", "source": source().to_json()}]},
            ["conversion number 'two' is not a whole number"],
        ),
        ({"tags": ["a"]}, ["tags must be a dict"]),
        ({"ttl": True}, ["ttl must be a dict with enabled, attribute_name"]),
        ({"migration": "fast"}, ["migration must be a Migration"]),
        ({"migration": {"workers": "8"}}, ["migration.workers must be a number", "'8'"]),
        ({"conversions": ["lambda"]}, ["conversions is a list of Conversion(number, function)"]),
        ({"conversions": "lambda"}, ["conversions is a list of Conversion(number, function)"]),
        (
            {"conversions": [{"number": 2, "problem": "conversion 2 cannot be shipped: it names an open file"}]},
            ["conversion 2 cannot be shipped", "open file"],
        ),
    ],
)
def test_what_is_no_description_is_told_in_words(bag: dict[str, Any], words: list[str]) -> None:
    found = problem_of(**bag)
    assert all(word in found for word in words), found


def test_every_unknown_argument_is_told() -> None:
    assert len(parse({**SMALL, "__unknown": ["a", "b"], "ttl": {"x": 1}}).problems) == 3


def test_the_fingerprint_sees_what_is_asked_and_nothing_else() -> None:
    asked = asked_fingerprint(SMALL)
    assert asked_fingerprint({**SMALL, "migration": {"workers": 3}, "plan": {}, "__urn": "x", "_dry": True}) == asked
    assert asked_fingerprint({**SMALL, "arn": "an output", "tags": None}) == asked
    assert asked_fingerprint({**SMALL, "tags": {}}) != asked
    assert asked_fingerprint({**SMALL, "name": "orders"}) != asked


def test_the_fingerprint_of_a_conversion_is_its_sources() -> None:
    def with_conversion(text: str, **more: Any) -> str:
        return asked_fingerprint({**SMALL, "conversions": [{"number": 2, "source": source(text).to_json(), **more}]})

    assert with_conversion("return item") == with_conversion("return item  # told")
    assert with_conversion("return item") != with_conversion("return None")
    assert with_conversion("return item") != with_conversion("return item", distinct_keys=True)


def test_the_ledger_keeps_which_settings_were_stated_and_no_values() -> None:
    bag = {**SMALL, "tags": {"password": "hunter2"}, "ttl": {"attribute_name": "t"}}
    text = asked_text(bag, spec_of(**bag))
    assert "hunter2" not in text
    assert stated_before(text) == {"tags", "ttl"}
    assert fingerprint_before(text) == asked_fingerprint(bag)


def test_nothing_was_stated_before_the_first_time() -> None:
    assert stated_before(None) == frozenset()
    assert fingerprint_before(None) is None


def test_a_tag_that_is_a_whole_number_keeps_its_digits() -> None:
    assert spec_of(tags={"cost_center": 4711.0, "share": 0.5, "team": "a"}).settings.tags == (
        ("cost_center", "4711"),
        ("share", "0.5"),
        ("team", "a"),
    )
