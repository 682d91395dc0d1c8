"""What a careful person is told before a successor is made, each with what to do now."""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.model.spec import BillingMode, PointInTimeRecovery, Ttl, Units
from pulumi_dynamo_migrator.plan.hazards import successor_hazards
from pulumi_dynamo_migrator.plan.situation import Sample, Situation
from tests.fakes.plans import SEEN, situation, table


def told(seen: Situation, held: str = "", *, fence: bool = False) -> list[str]:
    hazards = successor_hazards(seen, held=held, fence=fence)
    assert all(hazard.now for hazard in hazards)
    return [hazard.what for hazard in hazards]


def test_the_gravest_comes_first() -> None:
    assert told(situation())[0].startswith("after the hand-over there is no lossless way back")


def test_a_successor_that_is_held_says_why_and_speaks_of_no_hand_over() -> None:
    assert told(situation(), held="items may meet") == ["the successor will be held, not served: items may meet"]


def test_a_fence_says_first_who_cannot_write_and_for_how_long() -> None:
    first, second = told(situation(), fence=True)[:2]
    assert first.startswith("writes to orders are refused from the cut-over on")
    assert second.startswith("after the cut-over there is no lossless way back")


def test_a_plain_table_has_no_other_hazard() -> None:
    assert len(told(situation())) == 1


def test_items_that_cannot_be_moved_are_counted_with_one_of_them() -> None:
    sample = Sample(read=200, problems=("id a: no country", "id b: no country"))
    assert "of 200 sampled items 2 cannot be moved as they are, such as: id a: no country" in told(
        situation(sample=sample)
    )


def test_other_readers_of_the_stream_are_named() -> None:
    (found,) = [one for one in told(situation(stream_readers=("search", "mail"))) if "reader" in one]
    assert "search, mail" in found


def test_a_time_to_live_comes_late_to_the_successor() -> None:
    seen = table(settings=replace(SEEN, ttl=Ttl(True, "expires")))
    assert any(one.startswith("TTL on expires") for one in told(situation(seen)))


def test_what_is_attached_to_the_source_stays_with_it() -> None:
    attached = ("the Kinesis destination arn:changes", "Contributor Insights")
    (found,) = [one for one in told(situation(attached=attached)) if "attached" in one]
    assert "arn:changes, Contributor Insights" in found


def test_auto_scaling_does_not_follow_where_there_is_capacity_to_scale() -> None:
    capacity = replace(SEEN, billing_mode=BillingMode.PROVISIONED, capacity=Units(5, 6))
    assert any("auto scaling" in one for one in told(situation(table(settings=capacity))))
    assert not any("auto scaling" in one for one in told(situation()))


def test_a_source_without_backups_is_pointed_out() -> None:
    seen = table(settings=replace(SEEN, point_in_time_recovery=PointInTimeRecovery(False)))
    assert "point-in-time recovery is off on the source" in told(situation(seen))
