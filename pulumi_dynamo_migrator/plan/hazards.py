"""What a careful person would want to know before a successor is made; each with what to do now. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_dynamo_migrator.model.spec import BillingMode
from pulumi_dynamo_migrator.plan.plan import Hazard
from pulumi_dynamo_migrator.plan.situation import Situation


def successor_hazards(situation: Situation, *, held: str, fence: bool, pinned: bool = False) -> tuple[Hazard, ...]:
    """The hazards of a successor, the gravest first."""
    ending = () if held else (*_pause(situation, fence), *_way_back("cut-over" if fence else "hand-over"))
    return (*ending, *_held(held, pinned=pinned), *_items(situation), *_stream(situation), *_settings(situation))


def _pause(situation: Situation, fence: bool) -> Iterator[Hazard]:
    if fence and situation.served is not None:
        table = situation.served.name
        yield Hazard(
            f"writes to {table} are refused from the cut-over on: for about a minute and one comparison of both tables "
            "nobody can write, and who has not moved to the new table after that cannot write at all",
            "deploy the applications with the new name as soon as the outputs move; readers are not concerned. If this "
            f"stack or another keeps a resource policy of {table} as a resource of its own, take it out first: the two "
            "would undo each other",
        )


def _way_back(end: str) -> Iterator[Hazard]:
    yield Hazard(
        f"after the {end} there is no lossless way back: new writes go to the successor only",
        "take a backup of the source before `up` if you may want to return to this moment",
    )


def _held(held: str, *, pinned: bool) -> Iterator[Hazard]:
    if held:
        yield Hazard(
            f"the successor will be held, not served: {held}",
            "look at the copy, then take serve= out"
            if pinned
            else "declare distinct_keys=True if it is so, keep the old key, or cut over behind a fence",
        )


def _items(situation: Situation) -> Iterator[Hazard]:
    sample = situation.sample
    if sample.problems:
        count, first = len(sample.problems), sample.problems[0]
        yield Hazard(
            f"of {sample.read} sampled items {count} cannot be moved as they are, such as: {first}",
            "mend the items or the conversion; otherwise `up` stops there with the keys, the source untouched and "
            "still served",
        )


def _stream(situation: Situation) -> Iterator[Hazard]:
    if situation.stream_readers:
        yield Hazard(
            f"the source's stream has {len(situation.stream_readers)} other reader(s) that we can see: "
            f"{', '.join(situation.stream_readers)}. DynamoDB allows two a shard; readers do not follow to the "
            "successor",
            "plan to move them to the successor's stream (the output stream_arn) after the hand-over",
        )


def _settings(situation: Situation) -> Iterator[Hazard]:
    source = situation.served
    if source is None:
        return
    if source.settings.ttl is not None and source.settings.ttl.enabled:
        yield Hazard(
            f"TTL on {source.settings.ttl.attribute} is switched on at the successor only at the cut-over, which may "
            "take DynamoDB an hour",
            "readers that must not see expired items filter them, as with any TTL table",
        )
    if situation.attached:
        yield Hazard(
            f"what is attached to the source stays with it: {', '.join(situation.attached)}",
            "set it up for the successor as soon as the outputs move; who reads there sees nothing of it before that",
        )
    if source.settings.billing_mode is BillingMode.PROVISIONED:
        yield Hazard(
            "the successor has the capacity that the source has now; auto scaling, if the source has any, stays behind",
            "register the successor's capacity as a scalable target as soon as the outputs move (with pulumi_aws it "
            "follows them, where its resource_id is made of the output name)",
        )
    recovery = source.settings.point_in_time_recovery
    if recovery is not None and not recovery.enabled:
        yield Hazard(
            "point-in-time recovery is off on the source",
            "point_in_time_recovery={'enabled': True} makes every moment restorable",
        )
