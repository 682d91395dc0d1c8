"""Whether two items can meet at one key, which key types convert by themselves, and what a migration leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.conversion.chain import RetypeLink, SourceLink
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.model.spec import Conversion, GlobalIndex, Structure
from pulumi_dynamo_migrator.plan.chain import chain_for, fingerprint, meeting, target_shape, type_problems
from pulumi_dynamo_migrator.plan.compare import compare_structure
from tests.fakes.plans import ELSEWHERE, INDEXED, NEW, OLD, conversion

NUMBERED = replace(OLD, attributes=(("id", "N"),))
BYTES = replace(OLD, attributes=(("id", "B"),))
ONE, SURE = (conversion(2),), (conversion(2, distinct_keys=True),)


@pytest.mark.parametrize(
    ("source", "target", "conversions", "kept", "how"),
    [
        (OLD, OLD, (), True, Meeting.SEPARATE),
        (OLD, NEW, (), True, Meeting.SEPARATE),
        (OLD, NEW, ONE, True, Meeting.SEPARATE),
        (OLD, NEW, ONE, False, Meeting.MAY_MEET),
        (NEW, OLD, (), True, Meeting.MAY_MEET),
        (OLD, ELSEWHERE, (), True, Meeting.MAY_MEET),
        (OLD, ELSEWHERE, ONE, True, Meeting.MAY_MEET),
        (OLD, ELSEWHERE, SURE, False, Meeting.DISTINCT),
        (OLD, ELSEWHERE, (*SURE, conversion(3)), False, Meeting.MAY_MEET),
        (NUMBERED, OLD, (), True, Meeting.DISTINCT),
        (OLD, BYTES, (), True, Meeting.DISTINCT),
        (NUMBERED, OLD, ONE, True, Meeting.MAY_MEET),
        (NUMBERED, OLD, SURE, True, Meeting.DISTINCT),
        (OLD, NUMBERED, (), True, Meeting.MAY_MEET),
    ],
)
def test_keys_and_promises_say_whether_items_can_meet(
    source: Structure, target: Structure, conversions: tuple[Conversion, ...], kept: bool, how: Meeting
) -> None:
    assert meeting(source, target, conversions, keys_kept=kept) is how


@pytest.mark.parametrize(("seen", "asked"), [(NUMBERED, OLD), (OLD, BYTES)])
def test_a_one_to_one_key_type_needs_no_conversion(seen: Structure, asked: Structure) -> None:
    assert type_problems(compare_structure(seen, asked), ()) == []


@pytest.mark.parametrize(("seen", "asked", "words"), [(OLD, NUMBERED, "from S to N"), (NUMBERED, BYTES, "from N to B")])
def test_any_other_key_type_asks_for_one(seen: Structure, asked: Structure, words: str) -> None:
    (found,) = type_problems(compare_structure(seen, asked), ())
    assert f"the key attribute 'id' changes its type {words}" in found
    assert "add a conversion that says how" in found
    assert type_problems(compare_structure(seen, asked), ONE) == []


def test_conversions_become_links_in_order() -> None:
    two, three = conversion(2), conversion(3, "return None")
    chain = chain_for(OLD, NEW, (two, three), how=Meeting.SEPARATE)
    assert chain.links == (SourceLink(2, two.source), SourceLink(3, three.source))


def test_a_changed_key_type_alone_is_a_link_of_its_own() -> None:
    assert chain_for(NUMBERED, OLD, (), how=Meeting.DISTINCT).links == (RetypeLink((("id", "N", "S"),)),)


def test_a_conversion_takes_the_place_of_the_built_in_one() -> None:
    assert chain_for(NUMBERED, OLD, SURE, how=Meeting.DISTINCT).links == (SourceLink(2, SURE[0].source),)


def test_another_key_alone_needs_no_link() -> None:
    assert chain_for(OLD, NEW, (), how=Meeting.SEPARATE).links == ()


def test_items_are_validated_against_every_index() -> None:
    wide = replace(
        INDEXED,
        attributes=(*INDEXED.attributes, ("x", "B")),
        global_indexes=(GlobalIndex("by_x", ("x",), ("at",)),),
    )
    shape = target_shape(wide)
    assert shape.keys.names == ("country", "id")
    assert [(one.name, one.names, one.types) for one in shape.indexes] == [
        ("by_at", ("at",), ("N",)),
        ("by_x", ("x", "at"), ("B", "N")),
    ]


def lead_to(structure: Structure = NEW, conversions: tuple[Conversion, ...] = ONE, base: str = "orders") -> str:
    return fingerprint(base, structure, conversions, how=Meeting.SEPARATE, source=1)


@pytest.mark.parametrize(
    "other",
    [
        lead_to(INDEXED),
        lead_to(ELSEWHERE),
        lead_to(conversions=()),
        lead_to(conversions=(conversion(2, "return None"),)),
        lead_to(conversions=(conversion(3),)),
        lead_to(base="customers"),
    ],
)
def test_another_target_has_another_fingerprint(other: str) -> None:
    assert other != lead_to()


def test_a_global_index_is_no_other_target() -> None:
    wide = replace(NEW, global_indexes=(GlobalIndex("by_x", ("x",)),), attributes=(*NEW.attributes, ("x", "S")))
    assert lead_to(wide) == lead_to()
