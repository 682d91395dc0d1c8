"""What counts as a difference, and what is only another way to say the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulumi_dynamo_migrator.model.names import TAG_TABLE
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Encryption,
    GlobalIndex,
    LocalIndex,
    PointInTimeRecovery,
    Projection,
    ProjectionType,
    Settings,
    Stream,
    Structure,
    Ttl,
    Units,
)
from pulumi_dynamo_migrator.plan.compare import (
    Setting,
    compare_settings,
    compare_structure,
    own_tags,
    stated,
    wanted_settings,
)
from tests.fakes.plans import INDEXED, NEW, OLD, SEEN

BY_AT = GlobalIndex("by_at", ("at",))
WIDE = Structure("id", None, (("at", "N"), ("id", "S")), global_indexes=(BY_AT,))


def test_a_new_key_needs_a_successor_and_is_told_in_words() -> None:
    found = compare_structure(OLD, NEW)
    assert found.keys == ("hash_key id → country", "range_key none → id")
    assert found.needs_successor


def test_a_changed_key_type_needs_a_successor() -> None:
    found = compare_structure(OLD, replace(OLD, attributes=(("id", "N"),)))
    assert found.types == (("id", "S", "N"),)
    assert found.needs_successor


def test_the_type_of_a_local_indexs_key_counts() -> None:
    changed = replace(INDEXED, attributes=(("at", "S"), ("country", "S"), ("id", "S")))
    assert compare_structure(INDEXED, changed).types == (("at", "N", "S"),)


@pytest.mark.parametrize(
    ("seen", "asked", "words"),
    [
        (NEW, INDEXED, "local index by_at added"),
        (INDEXED, NEW, "local index by_at removed"),
        (
            INDEXED,
            replace(INDEXED, local_indexes=(LocalIndex("by_at", "at", Projection(ProjectionType.KEYS_ONLY)),)),
            "local index by_at changed",
        ),
    ],
)
def test_local_indexes_need_a_successor(seen: Structure, asked: Structure, words: str) -> None:
    found = compare_structure(seen, asked)
    assert found.local_indexes == (words,)
    assert found.needs_successor


def test_global_indexes_come_and_go_in_place() -> None:
    added, removed = compare_structure(OLD, WIDE), compare_structure(WIDE, OLD)
    assert added.add_global == removed.remove_global == (BY_AT,)
    assert not added.needs_successor
    assert added.in_place


def test_a_reshaped_global_index_is_removed_and_made_anew() -> None:
    again = replace(BY_AT, projection=Projection(ProjectionType.KEYS_ONLY))
    found = compare_structure(WIDE, replace(WIDE, global_indexes=(again,)))
    assert (found.remove_global, found.add_global, found.change_global) == ((BY_AT,), (again,), ())


def test_a_global_index_whose_keys_type_changes_is_made_anew() -> None:
    found = compare_structure(WIDE, replace(WIDE, attributes=(("at", "S"), ("id", "S"))))
    assert found.remove_global == found.add_global == (BY_AT,)
    assert not found.needs_successor


def test_capacity_of_a_global_index_changes_where_it_is_stated() -> None:
    seen = replace(WIDE, global_indexes=(replace(BY_AT, capacity=Units(5, 5)),))
    more = replace(BY_AT, capacity=Units(6, 5))
    assert compare_structure(seen, replace(WIDE, global_indexes=(more,))).change_global == (more,)
    assert not compare_structure(seen, WIDE).in_place


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        (replace(BY_AT, on_demand=Units(100, None)), replace(BY_AT, on_demand=Units(100, -1))),
        (replace(BY_AT, on_demand=Units(-1, -1)), BY_AT),
        (replace(BY_AT, warm=Units(12_000, 4_000)), replace(BY_AT, warm=Units(20_000, 4_000))),
        (replace(BY_AT, capacity=Units(5, None)), replace(BY_AT, capacity=Units(5, 6))),
        (replace(BY_AT, capacity=Units(5, 6)), BY_AT),
    ],
    ids=["one limit", "no limit", "warm already", "one capacity", "a capacity on demand"],
)
def test_another_way_to_say_the_same_of_an_index_is_no_difference(asked: GlobalIndex, seen: GlobalIndex) -> None:
    """Each was changed again by every `up`."""
    before, after = (replace(WIDE, global_indexes=(index,)) for index in (seen, asked))
    assert not compare_structure(before, after).in_place


@pytest.mark.parametrize("more", [replace(BY_AT, on_demand=Units(100, None)), replace(BY_AT, warm=Units(30_000, None))])
def test_limits_and_warmth_of_a_global_index_change_where_they_are_stated(more: GlobalIndex) -> None:
    before = replace(WIDE, global_indexes=(replace(BY_AT, warm=Units(20_000, 4_000)),))
    assert compare_structure(before, replace(WIDE, global_indexes=(more,))).change_global == (more,)


def test_what_is_not_stated_never_differs() -> None:
    assert compare_settings(SEEN, Settings()) == ()


@pytest.mark.parametrize(
    ("wanted", "setting"),
    [
        (Settings(billing_mode=BillingMode.PROVISIONED, capacity=Units(1, 1)), Setting.BILLING),
        (Settings(on_demand=Units(100, None)), Setting.ON_DEMAND),
        (Settings(warm=Units(20_000, None)), Setting.WARM),
        (Settings(table_class="STANDARD_INFREQUENT_ACCESS"), Setting.TABLE_CLASS),
        (Settings(encryption=Encryption(True)), Setting.ENCRYPTION),
        (Settings(stream=Stream(True, "NEW_IMAGE")), Setting.STREAM),
        (Settings(ttl=Ttl(True, "expires")), Setting.TTL),
        (Settings(point_in_time_recovery=PointInTimeRecovery(False)), Setting.RECOVERY),
        (Settings(point_in_time_recovery=PointInTimeRecovery(True, 7)), Setting.RECOVERY),
        (Settings(tags=(("team", "shop"),)), Setting.TAGS),
        (Settings(deletion_protection=True), Setting.PROTECTION),
    ],
)
def test_each_setting_is_told_apart(wanted: Settings, setting: Setting) -> None:
    assert compare_settings(SEEN, wanted) == (setting,)


@pytest.mark.parametrize(
    "wanted",
    [
        Settings(on_demand=Units(-1, None)),
        Settings(stream=Stream(False, "NEW_IMAGE")),
        Settings(ttl=Ttl(False, "expires")),
        Settings(encryption=Encryption(False, "arn:key")),
        Settings(point_in_time_recovery=PointInTimeRecovery(True)),
        Settings(tags=()),
        Settings(billing_mode=BillingMode.PAY_PER_REQUEST),
    ],
)
def test_another_way_to_say_the_same_is_no_difference(wanted: Settings) -> None:
    assert compare_settings(SEEN, wanted) == ()


def test_a_warm_table_is_never_asked_to_cool() -> None:
    assert compare_settings(replace(SEEN, warm=Units(20_000, 9_000)), Settings(warm=Units(12_000, 4_000))) == ()


def test_settings_change_in_a_fixed_order() -> None:
    wanted = Settings(
        deletion_protection=True, tags=(("a", "b"),), ttl=Ttl(True, "t"), stream=Stream(True, "OLD_IMAGE")
    )
    assert compare_settings(SEEN, wanted) == (Setting.STREAM, Setting.TTL, Setting.TAGS, Setting.PROTECTION)


def test_our_tags_and_awss_are_not_the_users() -> None:
    assert own_tags(((TAG_TABLE, "x"), ("aws:cloudformation:stack", "y"), ("b", "2"), ("a", "1"))) == (
        ("a", "1"),
        ("b", "2"),
    )


def test_a_setting_taken_out_of_the_program_goes_back_to_awss_default() -> None:
    wanted = wanted_settings(Settings(), frozenset({"ttl", "tags", "deletion_protection"}))
    assert (wanted.ttl, wanted.tags, wanted.deletion_protection) == (Ttl(False), (), False)
    assert wanted.stream is None


def test_a_setting_that_is_still_stated_stays() -> None:
    assert wanted_settings(Settings(tags=(("a", "b"),)), frozenset({"tags"})).tags == (("a", "b"),)


def test_capacity_alone_means_provisioned() -> None:
    assert wanted_settings(Settings(capacity=Units(1, 1))).billing_mode is BillingMode.PROVISIONED


def test_an_on_demand_table_has_no_capacity_to_ask_for() -> None:
    asked = Settings(billing_mode=BillingMode.PAY_PER_REQUEST, capacity=Units(1, 1))
    assert wanted_settings(asked).capacity is None


def test_stated_names_what_is_not_none() -> None:
    assert stated(Settings(ttl=Ttl(False), deletion_protection=False)) == {"ttl", "deletion_protection"}


KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"


@pytest.mark.parametrize(
    ("asked", "differs"),
    [(KEY, False), ("1234abcd", False), ("alias/orders", False), (KEY.replace("1234", "5678"), True), ("5678", True)],
)
def test_a_kms_key_is_the_same_however_it_is_named(asked: str, differs: bool) -> None:
    seen = replace(SEEN, encryption=Encryption(True, KEY))
    assert bool(compare_settings(seen, Settings(encryption=Encryption(True, asked)))) is differs
