"""Stream events as data."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.replicate.record import Record, UnreadableRecordError, oldest, only_expiry, records_of
from tests.fakes.stream import BEGAN, entry

KEY = {"id": {"S": "1"}}
OLD = {**KEY, "a": {"N": "1"}}
NEW = {**KEY, "a": {"N": "2"}}


def test_the_three_kinds_of_change_keep_their_images_and_order() -> None:
    event = {"Records": [entry(1, KEY, None, NEW), entry(2, KEY, OLD, NEW), entry(3, KEY, OLD, None)]}
    assert records_of(event) == (
        Record("e1", KEY, None, NEW, BEGAN + 1),
        Record("e2", KEY, OLD, NEW, BEGAN + 2),
        Record("e3", KEY, OLD, None, BEGAN + 3),
    )
    assert oldest(event) == BEGAN + 1


def test_a_removal_by_the_time_to_live_is_told_from_a_users() -> None:
    (by_ttl, by_user) = records_of({"Records": [entry(1, KEY, OLD, None, ttl=True), entry(2, KEY, OLD, None)]})
    assert by_ttl.ttl_removal
    assert not by_user.ttl_removal


@pytest.mark.parametrize(("name", "missing"), [("MODIFY", "OldImage"), ("MODIFY", "NewImage"), ("REMOVE", "OldImage")])
def test_a_record_without_its_images_is_refused(name: str, missing: str) -> None:
    record = entry(1, KEY, OLD, None if name == "REMOVE" else NEW)
    del record["dynamodb"][missing]
    with pytest.raises(UnreadableRecordError, match="lacks an image"):
        records_of({"Records": [record]})


@pytest.mark.parametrize("view", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE"])
def test_where_images_are_not_asked_for_every_view_type_gives_the_same(view: str) -> None:
    changes = [(None, NEW), (OLD, NEW), (OLD, None)]
    event = {"Records": [entry(n, KEY, old, new, ttl=n == 2, view=view) for n, (old, new) in enumerate(changes)]}
    assert records_of(event, images=False) == (
        Record("e0", KEY, None, None, BEGAN),
        Record("e1", KEY, None, None, BEGAN + 1),
        Record("e2", KEY, None, None, BEGAN + 2, ttl_removal=True),
    )


def test_expiry_alone_is_no_sign_of_a_writer() -> None:
    expired, deleted = entry(1, KEY, KEY, None, ttl=True), entry(2, KEY, KEY, None)
    assert only_expiry({"Records": [expired, expired]})
    assert not only_expiry({"Records": [expired, deleted]})
