"""Which stream view types can carry which migration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.model.limits import STREAM_VIEW_TYPES
from pulumi_dynamo_migrator.model.spec import Conversion, Structure
from pulumi_dynamo_migrator.plan.chain import meeting
from pulumi_dynamo_migrator.plan.views import key_alone, view_refusal
from pulumi_dynamo_migrator.replicate.config import BOTH_IMAGES
from tests.fakes.plans import ELSEWHERE, INDEXED, NEW, OLD, conversion

NUMBERED = replace(OLD, attributes=(("id", "N"),))
BYTES = replace(OLD, attributes=(("id", "B"),))
TURNED = Structure("id", "country", NEW.attributes)
ONE, SURE = (conversion(2),), (conversion(2, distinct_keys=True),)
LESS = [view for view in STREAM_VIEW_TYPES if view != BOTH_IMAGES]


@pytest.mark.parametrize(
    ("source", "target", "conversions", "kept", "alone"),
    [
        (OLD, OLD, (), True, True),
        (NEW, INDEXED, (), True, True),
        (NEW, TURNED, (), True, True),
        (OLD, OLD, ONE, True, True),
        (NEW, TURNED, ONE, True, True),
        (NUMBERED, OLD, (), True, True),
        (OLD, BYTES, (), True, True),
        (OLD, NUMBERED, (), True, False),
        (OLD, OLD, ONE, False, False),
        (OLD, OLD, SURE, True, False),
        (NUMBERED, OLD, ONE, True, False),
        (OLD, NEW, (), True, False),
        (NEW, OLD, (), True, False),
        (OLD, ELSEWHERE, (), True, False),
    ],
)
def test_target_keys_follow_from_the_source_keys_or_do_not(
    source: Structure, target: Structure, conversions: tuple[Conversion, ...], kept: bool, alone: bool
) -> None:
    how = meeting(source, target, conversions, keys_kept=kept)
    assert key_alone(source, target, conversions, how) is alone


def test_conversions_follow_from_the_key_only_where_that_is_checked_on_every_item() -> None:
    assert [how for how in Meeting if key_alone(OLD, OLD, ONE, how)] == [Meeting.SEPARATE]


@pytest.mark.parametrize("view", [BOTH_IMAGES, None])
@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("fence", [True, False])
def test_both_images_or_no_stream_carry_everything(view: str | None, alone: bool, fence: bool) -> None:
    assert view_refusal(view, source="orders", alone=alone, fence=fence) is None


@pytest.mark.parametrize("view", LESS)
def test_every_other_view_needs_the_key_alone_and_a_fence(view: str) -> None:
    def why(*, alone: bool, fence: bool) -> str | None:
        return view_refusal(view, source="orders", alone=alone, fence=fence)

    assert why(alone=True, fence=True) is None
    unfenced, keyed = why(alone=True, fence=False), why(alone=False, fence=True)
    assert unfenced is not None
    assert "Migration(fence=True)" in unfenced
    assert keyed is not None
    assert "do not follow from the old keys" in keyed
    assert keyed == why(alone=False, fence=False)
    for text in (unfenced, keyed):
        assert text.startswith(f"orders has a stream of view type {view}")
        assert "switch that stream off" in text
