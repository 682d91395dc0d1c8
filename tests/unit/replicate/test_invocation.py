"""One invocation on ports in memory: words, registrations, item errors, conflicts."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.replicate.config import OnItemError, ReplicatorConfig
from pulumi_dynamo_migrator.replicate.invocation import BatchFailedError, run
from pulumi_dynamo_migrator.replicate.ports import Registration
from pulumi_dynamo_migrator.replicate.tombstone import Item, tombstone
from pulumi_dynamo_migrator.replicate.word import Word
from tests.fakes.conversions import ID, ID_PLACE, PER_PLACE, config_of, identity, written
from tests.fakes.stream import BEGAN, entry
from tests.fakes.tables import FakeWorld, KilledError, Refuses

KEY = {"id": {"S": "1"}}
PLACE = {**KEY, "place": {"S": "x"}}
PLACED = written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE)
EXPIRED = 999_000
APPLYING = [Word.OPEN, Word.TAIL, Word.NOTING, Word.LATE]


def item(name: str = "1", /, **attributes: int) -> Item:
    return {"id": {"S": name}, **{a: {"N": str(value)} for a, value in attributes.items()}}


def source(a: int, *places: str) -> Item:
    return {**item(a=a), "places": {"L": [{"S": place} for place in places]}}


class Setting:
    """A replicator and its world."""

    def __init__(
        self,
        word: Word,
        *,
        chain: Chain | None = None,
        held: list[Item] | None = None,
        refuses: Refuses = lambda _: None,
        on_item_error: OnItemError = OnItemError.STOP,
        ttl: str | None = None,
        since: float = 0.0,
    ) -> None:
        chain = chain or identity()
        self.config = config_of(chain, on_item_error=on_item_error, ttl_attribute=ttl, since=since)
        self.world = FakeWorld.make(ID, chain.target.keys, word=word, refuses=refuses)
        for one in held or []:
            self.world.target.table.put(one)

    def deliver(self, *entries: dict[str, Any], invocation: str = "i") -> None:
        event = {"Records": list(entries)}
        world = self.world
        run(event, lambda: self.config, ports=world.ports, clock=world.clock, invocation=invocation)

    def notes(self, kind: str) -> set[str]:
        return self.world.ledger.sort_keys(kind)

    @property
    def held(self) -> list[Item]:
        return sorted(self.world.target.table.items.values(), key=str)

    def counter(self, name: str) -> int:
        return int(self.world.ledger.items["counters"].get(name, {"N": "0"})["N"])


# Registrations and words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", APPLYING)
def test_a_batch_is_applied_counted_and_leaves_no_registration(word: Word) -> None:
    setting = Setting(word)
    setting.deliver(entry(1, KEY, None, item(a=1)), entry(2, KEY, item(a=1), item(a=2)))
    assert setting.held == [item(a=2)]
    assert setting.counter("records") == 2
    assert not setting.notes("reg") | setting.notes("failing") | setting.notes("conflict")


@pytest.mark.parametrize("word", APPLYING)
@pytest.mark.parametrize(("age", "late"), [(20 * 3600.0, False), (20 * 3600.0 + 1, True)])
def test_a_record_that_comes_near_the_end_of_what_a_stream_keeps_is_a_gap(word: Word, age: float, late: bool) -> None:
    """The batch is applied all the same."""
    setting = Setting(word)
    setting.world.clock.time = BEGAN + 1 + age
    setting.deliver(entry(1, KEY, None, item(a=1)), entry(2, KEY, item(a=1), item(a=2)))
    assert setting.held == [item(a=2)]
    assert setting.counter("gaps") == late


@pytest.mark.parametrize(("since", "gaps"), [(BEGAN + 2, 0), (BEGAN + 1, 1)])
def test_what_was_written_before_the_migration_began_is_no_gap(since: float, gaps: int) -> None:
    """A stream that was on already begins with up to a day of records that the copy has read as well."""
    setting = Setting(Word.OPEN, since=since)
    setting.world.clock.time = BEGAN + 23 * 3600
    setting.deliver(entry(1, KEY, None, item(a=1)), entry(2, KEY, item(a=1), item(a=2)))
    assert setting.counter("gaps") == gaps


@pytest.mark.parametrize("call", range(1, 9))
@pytest.mark.parametrize("act", ["fails", "succeeds, and fails in the end"])
def test_a_success_leaves_no_mark_of_one_that_was_given_up_whenever_it_acts(act: str, call: int) -> None:
    """It began earlier and its batch came again: after a success nobody would take the mark away."""
    setting = Setting(Word.TAIL)
    world, first = setting.world, entry(1, KEY, None, item(a=1))
    earlier = Registration("given up", world.clock.now() - 5, 0.0, 1)

    def succeeds() -> None:
        world.apart()[1].note_done(first["eventID"], by=earlier)

    def fails() -> None:
        world.apart()[1].mark_failing(first["eventID"], error="late", at=world.clock.now(), records=1, by=earlier)

    world.calls.plan({call: [fails if act == "fails" else succeeds]})
    setting.deliver(first)
    fails()
    assert not setting.notes("failing")
    assert world.ledger.count(0, at=None) == 0


def test_it_is_registered_before_it_reads_the_word() -> None:
    setting = Setting(Word.TAIL)
    registered: list[set[str]] = []
    setting.world.calls.plan({2: [lambda: registered.append(setting.notes("reg"))]})
    setting.deliver(entry(1, KEY, None, item()))
    assert registered == [{"reg#i"}]
    assert setting.world.ledger.told is Word.TAIL


def test_stop_consumes_nothing() -> None:
    setting = Setting(Word.STOP)
    with pytest.raises(BatchFailedError, match="stopped"):
        setting.deliver(entry(1, KEY, None, item(a=1)))
    assert not setting.held


def test_one_that_raises_is_failing_until_the_batch_succeeds() -> None:
    setting = Setting(Word.STOP)
    with pytest.raises(BatchFailedError):
        setting.deliver(entry(1, KEY, None, item(a=1)))
    assert setting.notes("failing") == {"failing#e1"}
    assert not setting.notes("reg")
    setting.world.set_word(Word.TAIL)
    setting.deliver(entry(1, KEY, None, item(a=1)))
    assert not setting.notes("failing")


def test_one_that_is_killed_leaves_its_registration() -> None:
    setting = Setting(Word.TAIL)
    setting.world.calls.plan({}, dies_before=3)
    with pytest.raises(KilledError):
        setting.deliver(entry(1, KEY, None, item(a=1)))
    assert setting.notes("reg") == {"reg#i"}


def test_a_conversion_that_does_not_load_is_marked_as_failing() -> None:
    setting = Setting(Word.TAIL)

    def broken() -> ReplicatorConfig:
        raise ModuleNotFoundError("No module named 'numpy'")

    with pytest.raises(BatchFailedError, match="numpy"):
        run(
            {"Records": [entry(1, KEY, None, item())]},
            broken,
            ports=setting.world.ports,
            clock=setting.world.clock,
            invocation="i",
        )
    assert setting.notes("failing") == {"failing#e1"}


@pytest.mark.parametrize(("word", "left"), [(Word.OPEN, [tombstone(KEY)]), (Word.TAIL, []), (Word.NOTING, [])])
def test_only_while_the_backfill_is_open_a_delete_leaves_a_tombstone(word: Word, left: list[Item]) -> None:
    setting = Setting(word, held=[item(a=1)])
    setting.deliver(entry(1, KEY, item(a=1), None))
    assert setting.held == left


@pytest.mark.parametrize(("word", "notes"), [(Word.TAIL, set()), (Word.NOTING, {"seen#e1"}), (Word.LATE, {"seen#e1"})])
def test_from_noting_on_every_record_is_noted(word: Word, notes: set[str]) -> None:
    setting = Setting(word)
    setting.deliver(entry(1, KEY, None, item(a=1)))
    assert setting.notes("seen") == notes


def test_a_noted_record_that_comes_again_does_nothing() -> None:
    setting = Setting(Word.NOTING)
    setting.deliver(entry(1, KEY, None, item(a=1)))
    setting.world.target.table.put(item(a=7))
    setting.world.set_word(Word.LATE)
    setting.deliver(entry(1, KEY, None, item(a=1)))
    assert setting.held == [item(a=7)]
    assert not setting.notes("conflict")


def test_a_wide_fan_out_is_noted_too() -> None:
    places = [f"p{n}" for n in range(150)]
    setting = Setting(Word.NOTING, chain=PLACED)
    setting.deliver(entry(1, KEY, None, source(1, *places)))
    assert len(setting.held) == 150
    assert setting.notes("seen") == {"seen#e1"}


@pytest.mark.parametrize(("word", "left"), [(Word.OPEN, 1), (Word.TAIL, 0), (Word.NOTING, 0), (Word.LATE, 1)])
def test_removals_by_time_to_live_are_deletes_until_the_hand_over(word: Word, left: int) -> None:
    setting = Setting(word, held=[item(a=1)])
    setting.deliver(entry(1, KEY, item(a=1), None, ttl=True))
    assert len(setting.held) == left
    assert not setting.notes("conflict")


def says_too_large(item: Item) -> str | None:
    return "too large" if item["a"] == {"N": "400"} else None


# Item errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", APPLYING)
def test_a_current_item_that_cannot_be_converted_stops_the_batch_and_is_noted(word: Word) -> None:
    setting = Setting(word, chain=PLACED)
    setting.world.source.table.put(source(-1, "x"))
    with pytest.raises(BatchFailedError, match="a is negative"):
        setting.deliver(entry(1, KEY, None, source(-1, "x")))
    assert setting.notes("failed") == {'failed#["S:1"]'}
    assert setting.counter("failed") == 1
    assert "seen#e1" not in setting.notes("seen")


PASSING = [(OnItemError.SKIP, 0.0), (OnItemError.STOP, 12 * 3600.0)]
"""When an item error is passed over: policy, and the record's age in seconds."""


def passing(word: Word, policy: OnItemError, age: float, *, held: list[Item], chain: Chain | None = None) -> Setting:
    setting = Setting(word, chain=chain, held=held, on_item_error=policy, refuses=says_too_large)
    setting.world.clock.time = BEGAN + 1 + age
    return setting


@pytest.mark.parametrize(("policy", "age"), PASSING)
@pytest.mark.parametrize(("word", "left"), [(Word.OPEN, [tombstone(PLACE)]), (Word.TAIL, []), (Word.NOTING, [])])
def test_an_item_that_is_passed_over_is_noted_and_what_stood_for_it_goes(
    word: Word, left: list[Item], policy: OnItemError, age: float
) -> None:
    """Guards against a copy that shows an item as it was before it went wrong, and for ever once it is deleted."""
    setting = passing(word, policy, age, held=[{**item(a=1), "place": {"S": "x"}}], chain=PLACED)
    setting.world.source.table.put(source(-1, "x"))
    setting.deliver(entry(1, KEY, source(1, "x"), source(-1, "x")))
    assert setting.held == left
    assert setting.notes("failed") == {'failed#["S:1"]'}
    assert not setting.notes("failing") | setting.notes("conflict")


@pytest.mark.parametrize(("policy", "age"), PASSING)
@pytest.mark.parametrize(("word", "left"), [(Word.OPEN, [tombstone(KEY)]), (Word.TAIL, []), (Word.NOTING, [])])
def test_so_it_does_where_dynamodb_refuses_what_it_becomes(
    word: Word, left: list[Item], policy: OnItemError, age: float
) -> None:
    setting = passing(word, policy, age, held=[item(a=1)])
    setting.world.source.table.put(item(a=400))
    setting.deliver(entry(1, KEY, item(a=1), item(a=400)))
    assert setting.held == left
    assert setting.notes("failed") == {'failed#["S:1"]'}


@pytest.mark.parametrize(("policy", "age"), PASSING)
def test_after_a_hand_over_what_stands_stays_and_is_a_conflict(policy: OnItemError, age: float) -> None:
    was = {**item(a=1), "place": {"S": "x"}}
    setting = passing(Word.LATE, policy, age, held=[was], chain=PLACED)
    setting.world.source.table.put(source(-1, "x"))
    for _ in range(2):
        setting.deliver(entry(1, KEY, source(1, "x"), source(-1, "x")))
    assert setting.held == [was]
    assert setting.notes("failed") == {'failed#["S:1"]'}
    assert setting.notes("owned") == {'owned#["S:1"]'}
    assert setting.counter("conflicts") == 1
    setting.world.source.table.remove(KEY)
    setting.deliver(entry(2, KEY, source(-1, "x"), None))
    assert (setting.held, setting.counter("conflicts")) == ([was], 1)


@pytest.mark.parametrize(("policy", "age"), PASSING)
def test_so_it_is_where_dynamodb_refuses_the_change(policy: OnItemError, age: float) -> None:
    setting = passing(Word.LATE, policy, age, held=[item(a=1)])
    setting.world.source.table.put(item(a=400))
    for _ in range(2):
        setting.deliver(entry(1, KEY, item(a=1), item(a=400)))
    assert (setting.held, setting.notes("failed")) == ([item(a=1)], {'failed#["S:1"]'})
    setting.world.source.table.remove(KEY)
    setting.deliver(entry(2, KEY, item(a=400), None))
    assert (setting.held, setting.counter("conflicts")) == ([item(a=1)], 2)


@pytest.mark.parametrize("word", APPLYING)
def test_one_that_was_never_there_is_only_noted_and_comes_when_it_is_mended(word: Word) -> None:
    setting = passing(word, OnItemError.SKIP, 0.0, held=[], chain=PLACED)
    setting.world.source.table.put(source(-1, "x"))
    setting.deliver(entry(1, KEY, None, source(-1, "x")))
    assert (setting.held, setting.notes("failed")) == ([], {'failed#["S:1"]'})
    setting.world.source.table.put(source(2, "x"))
    setting.deliver(entry(2, KEY, source(-1, "x"), source(2, "x")))
    assert setting.held == [{**item(a=2), "place": {"S": "x"}}]
    assert not setting.notes("failed") | setting.notes("conflict")


@pytest.mark.parametrize("word", APPLYING)
def test_a_younger_item_stops_the_batch_in_which_an_older_one_would_be_passed_over(word: Word) -> None:
    setting = passing(word, OnItemError.STOP, 12 * 3600.0, held=[], chain=PLACED)
    two = {**source(-1, "x"), "id": {"S": "2"}}
    for one in (source(-1, "x"), two):
        setting.world.source.table.put(one)
    batch = [entry(1, KEY, None, source(-1, "x")), entry(2, {"id": {"S": "2"}}, None, two)]
    with pytest.raises(BatchFailedError, match=r'item \["S:2"\]'):
        setting.deliver(*batch)
    setting.world.clock.time += 1
    setting.deliver(*batch)
    assert setting.notes("failed") == {'failed#["S:1"]', 'failed#["S:2"]'}
    assert not setting.notes("failing")


def test_the_ledger_tells_that_a_stop_was_passed_over() -> None:
    setting = passing(Word.TAIL, OnItemError.STOP, 12 * 3600.0, held=[], chain=PLACED)
    setting.world.source.table.put(source(-1, "x"))
    setting.deliver(entry(1, KEY, None, source(-1, "x")))
    reason = setting.world.ledger.items['failed#["S:1"]']["reason"]["S"]
    assert reason.endswith(
        "a is negative; passed over 12 h after it was written, so that what was written after it is not lost"
    )


@pytest.mark.parametrize("word", APPLYING)
def test_an_item_that_is_history_already_is_no_error(word: Word) -> None:
    setting = Setting(word, chain=PLACED)
    setting.world.source.table.put(source(2, "x"))
    setting.deliver(entry(1, KEY, None, source(-1, "x")), entry(2, KEY, source(-1, "x"), source(2, "x")))
    assert setting.held == [{**item(a=2), "place": {"S": "x"}}]
    assert not setting.notes("failed")


@pytest.mark.parametrize("word", APPLYING)
def test_a_mended_item_is_no_failed_item_any_more(word: Word) -> None:
    setting = Setting(word, chain=PLACED)
    setting.world.source.table.put(source(-1, "x"))
    with pytest.raises(BatchFailedError):
        setting.deliver(entry(1, KEY, None, source(-1, "x")))
    setting.world.source.table.put(source(2, "x"))
    setting.deliver(entry(1, KEY, None, source(-1, "x")), entry(2, KEY, source(-1, "x"), source(2, "x")))
    assert not setting.notes("failed")
    assert setting.counter("failed") == 0


@pytest.mark.parametrize("word", APPLYING)
def test_content_that_dynamodb_refuses_is_an_item_error(word: Word) -> None:
    setting = Setting(word, refuses=says_too_large)
    setting.world.source.table.put(item(a=400))
    with pytest.raises(BatchFailedError, match="too large"):
        setting.deliver(entry(1, KEY, None, item(a=400)))
    assert setting.notes("failed") == {'failed#["S:1"]'}


@pytest.mark.parametrize("word", APPLYING)
def test_refused_content_that_is_history_counts_as_nothing(word: Word) -> None:
    setting = Setting(word, refuses=says_too_large)
    setting.deliver(entry(1, KEY, None, item(a=400)), entry(2, KEY, item(a=400), None))
    assert setting.held == ([tombstone(KEY)] if word is Word.OPEN else [])
    assert not setting.notes("failed")


# After the hand-over -------------------------------------------------------------------------------------------------


def test_a_late_change_leaves_what_was_added_on_the_served_table() -> None:
    setting = Setting(Word.LATE, held=[item(a=1, added=1)])
    setting.deliver(entry(1, KEY, item(a=1), item(a=2)))
    assert setting.held == [item(a=2, added=1)]


def test_a_conflict_is_kept_with_both_images_and_counted() -> None:
    setting = Setting(Word.LATE, held=[item(a=9)])
    setting.deliver(entry(1, KEY, item(a=1), item(a=2)))
    assert setting.held == [item(a=9)]
    assert setting.notes("conflict") == {"conflict#e1#old", "conflict#e1#new"}
    assert setting.notes("owned") == {'owned#["S:1"]'}
    assert setting.counter("conflicts") == 1


def test_after_a_conflict_the_served_table_owns_the_item() -> None:
    setting = Setting(Word.LATE, held=[item(a=9)])
    setting.deliver(entry(1, KEY, item(a=1), None))
    setting.world.target.table.remove(KEY)
    setting.deliver(entry(2, KEY, None, item(a=3)))
    assert not setting.held
    assert setting.notes("conflict") == {"conflict#e1#old", "conflict#e2#new"}


def test_a_conflict_that_comes_again_is_one_conflict() -> None:
    setting = Setting(Word.LATE, held=[item(a=9)])
    for _ in range(2):
        setting.deliver(entry(1, KEY, item(a=1), item(a=2)))
    assert setting.counter("conflicts") == 1


def test_a_change_without_effect_is_only_noted() -> None:
    setting = Setting(Word.LATE, chain=PLACED)
    setting.deliver(entry(1, KEY, source(1), source(2)))
    assert setting.notes("seen") == {"seen#e1"}
    assert not setting.notes("conflict")


@pytest.mark.parametrize("dies", range(1, 12))
def test_a_delete_killed_at_any_call_is_finished_by_the_next(dies: int) -> None:
    setting = Setting(Word.LATE, held=[item(a=1)])
    setting.world.calls.plan({}, dies_after=dies)
    try:
        setting.deliver(entry(1, KEY, item(a=1), None), invocation="first")
    except KilledError:
        setting.world.calls.plan({})
        setting.world.clock.sleep(121)
        setting.deliver(entry(1, KEY, item(a=1), None), invocation="second")
    assert not setting.held
    assert not setting.notes("conflict")
    assert setting.world.ledger.items["seen#e1"]["state"] == {"S": "done"}


def test_a_delete_that_somebody_may_still_be_making_is_waited_for() -> None:
    """One that Lambda has given up goes on for as long as its time-out, and then its last request may be on its way: a
    later record may make the key again."""
    setting = Setting(Word.LATE, held=[item(a=1)])
    setting.world.calls.plan({}, dies_after=5)
    with pytest.raises(KilledError):
        setting.deliver(entry(1, KEY, item(a=1), None), invocation="first")
    assert setting.world.ledger.items["seen#e1"]["state"] == {"S": "deleting"}
    setting.world.calls.plan({})
    setting.world.clock.sleep(119)
    with pytest.raises(BatchFailedError, match="an earlier invocation may still be deleting"):
        setting.deliver(entry(1, KEY, item(a=1), None), invocation="second")
    assert setting.held == [item(a=1)]
    setting.world.clock.sleep(2)
    setting.deliver(entry(1, KEY, item(a=1), None), invocation="third")
    assert not setting.held
    assert not setting.notes("failing")


def test_a_delete_that_late_had_begun_is_finished_where_the_word_was_taken_back() -> None:
    """A hand-over that stopped before the flip compares both tables once more, under `noting`."""
    setting = Setting(Word.LATE, held=[item(a=1)])
    setting.world.calls.plan({}, dies_after=5)
    with pytest.raises(KilledError):
        setting.deliver(entry(1, KEY, item(a=1), None), invocation="first")
    assert setting.world.ledger.items["seen#e1"]["state"] == {"S": "deleting"}
    setting.world.calls.plan({})
    setting.world.set_word(Word.NOTING)
    with pytest.raises(BatchFailedError, match="an earlier invocation may still be deleting"):
        setting.deliver(entry(1, KEY, item(a=1), None), entry(2, KEY, None, item(a=2)), invocation="second")
    setting.world.clock.sleep(121)
    setting.deliver(entry(1, KEY, item(a=1), None), invocation="third")
    assert not setting.held
    assert not setting.notes("failing") | setting.notes("conflict")


@pytest.mark.parametrize("moment", range(1, 10))
def test_an_attribute_added_during_a_delete_is_never_lost(moment: int) -> None:
    setting = Setting(Word.LATE, held=[item(a=1)])

    def add() -> None:
        if setting.world.target.table.get(KEY):
            setting.world.target.table.put(item(a=1, added=1))

    setting.world.calls.plan({moment: [add]})
    setting.deliver(entry(1, KEY, item(a=1), None))
    gone_before = moment > 6  # the delete is the sixth call
    assert setting.held == ([] if gone_before else [item(a=1, added=1)])
    assert bool(setting.notes("conflict")) is not gone_before


def test_what_a_delete_took_is_kept_when_the_key_was_made_anew() -> None:
    setting = Setting(Word.LATE, held=[item(a=1)])
    table = setting.world.target.table
    setting.world.calls.plan({6: [lambda: table.put(item(a=1, added=1))], 7: [lambda: table.put(item(a=5))]})
    setting.deliver(entry(1, KEY, item(a=1), None))
    assert setting.held == [item(a=5)]
    assert setting.notes("conflict") == {"conflict#e1#old", "conflict#e1#held"}


def test_a_move_whose_old_key_was_changed_applies_nothing() -> None:
    there = {**item(a=9), "place": {"S": "x"}}
    setting = Setting(Word.LATE, chain=PLACED, held=[there])
    setting.deliver(entry(1, KEY, source(1, "x"), source(1, "y")))
    assert setting.held == [there]
    assert setting.counter("conflicts") == 1


def test_a_move_changed_between_read_and_transaction_applies_nothing() -> None:
    there, changed = ({**item(a=a), "place": {"S": "x"}} for a in (1, 9))
    setting = Setting(Word.LATE, chain=PLACED, held=[there])
    setting.world.calls.plan({5: [lambda: setting.world.target.table.put(changed)]})
    setting.deliver(entry(1, KEY, source(1, "x"), source(1, "y")))
    assert setting.held == [changed]
    assert setting.counter("conflicts") == 1


def test_an_insert_goes_over_an_expired_item() -> None:
    setting = Setting(Word.LATE, held=[item(a=1, until=EXPIRED)], ttl="until")
    setting.deliver(entry(1, KEY, None, item(a=2)))
    assert setting.held == [item(a=2)]


@pytest.mark.parametrize("moment", range(2, 6))
@pytest.mark.parametrize("word", [Word.OPEN, Word.TAIL, Word.NOTING])
def test_one_that_lambda_has_given_up_does_not_forget_what_was_noted_since_it_began(word: Word, moment: int) -> None:
    """The successor would have been served without that item, and nobody told."""
    bad, good = source(-1, "x"), source(1, "x")
    setting = Setting(word, chain=PLACED, on_item_error=OnItemError.SKIP)
    mended, spoilt = entry(1, KEY, bad, good), entry(2, KEY, good, bad)
    ended = []

    def overtake() -> None:
        setting.world.calls.plan({})
        setting.world.source.table.put(bad)
        setting.world.clock.sleep(1)
        setting.deliver(mended, spoilt, invocation="again")
        ended.append(True)

    setting.world.calls.plan({moment: [overtake]})
    setting.deliver(mended, invocation="given up")
    assert setting.notes("failed") == ({'failed#["S:1"]'} if ended else set())
    setting.world.clock.sleep(1)
    setting.world.source.table.put(good)
    setting.deliver(entry(3, KEY, bad, good))
    assert not setting.notes("failed")
