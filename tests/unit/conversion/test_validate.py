"""What a target table takes, by DynamoDB's limits."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.conversion.keys import TargetShape, canonical_key, key_of
from pulumi_dynamo_migrator.conversion.problems import ItemError
from pulumi_dynamo_migrator.conversion.validate import item_size, validate, validate_keys
from tests.fakes.limits import ACCEPTED, GOOD, REFUSED, SHAPE, wrapped


@pytest.mark.parametrize("kind", ACCEPTED)
def test_within_the_limits_an_item_is_taken(kind: str) -> None:
    validate({**GOOD, **ACCEPTED[kind]}, SHAPE)


@pytest.mark.parametrize("kind", REFUSED)
def test_beyond_a_limit_an_item_is_refused(kind: str) -> None:
    extra, words = REFUSED[kind]
    item = {name: value for name, value in {**GOOD, **extra}.items() if value is not None}
    with pytest.raises(ItemError, match=words):
        validate(item, SHAPE)


def test_keys_alone_are_enough_for_what_aws_holds_already() -> None:
    validate_keys({**GOOD, "v": wrapped(40)}, SHAPE)
    with pytest.raises(ItemError, match="by_place"):
        validate_keys({**GOOD, "place": {"NULL": True}}, SHAPE)


def test_the_size_follows_dynamodbs_rule() -> None:
    item = {"pk": {"S": "é"}, "n": {"N": "-123.450"}, "m": {"M": {"a": {"L": [{"BOOL": True}]}}}, "b": {"B": "QUI="}}
    assert item_size(item) == (2 + 2) + (1 + 4) + (1 + 3 + 1 + 1 + 3 + 1 + 1) + (1 + 2)


def test_keys_are_cut_out_and_written_alike() -> None:
    item = {**GOOD, "sk": {"N": "1.0"}, "other": {"S": "x"}}
    assert key_of(item, SHAPE.keys) == {"pk": {"S": "a"}, "sk": {"N": "1.0"}}
    assert canonical_key(item, SHAPE.keys) == ("S:a", "N:1") == canonical_key(GOOD, SHAPE.keys)


def test_a_shape_survives_its_json() -> None:
    assert TargetShape.from_json(SHAPE.to_json()) == SHAPE
