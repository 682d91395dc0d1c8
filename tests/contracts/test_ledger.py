"""What the ledger promises, against real processes: one writer at a time, reading makes nothing, nothing is left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_dynamo_migrator.aws.faults import TakenError
from pulumi_dynamo_migrator.aws.ledger import (
    Lease,
    LeaseHeldError,
    LeaseLostError,
    Ledger,
    LedgerConflictError,
    StopRequest,
)
from pulumi_dynamo_migrator.aws.ledger.control import STRUCTURE
from pulumi_dynamo_migrator.aws.ledger.owner import Owner
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.model.names import Identity
from pulumi_dynamo_migrator.model.phase import Phase
from pulumi_dynamo_migrator.model.spec import BillingMode, Settings, Structure, Ttl
from tests.fakes.doors import FAST
from tests.fakes.judges import Feature
from tests.fakes.ledger import FULL, GROWN, SMALL, HandClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LEASE = FAST.lease
ASLEEP = FAST.signature + FAST.request
"""How long after its deadline something that a sleeping owner has signed may still take effect."""


class Told:
    """Processes that a test tells of."""

    def __init__(self, pid: int) -> None:
        self.owner = Owner(host="here", user="ann", pid=pid)
        self.died: set[int] = set()

    def me(self) -> Owner:
        return self.owner

    def dead(self, owner: Owner) -> bool:
        return owner.pid in self.died


@pytest.fixture
def dynamodb(any_dynamodb: DynamoDBClient) -> DynamoDBClient:
    return any_dynamodb


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ledger(dynamodb: DynamoDBClient, table: str, clock: HandClock) -> Ledger:
    return Ledger(dynamodb, clock=clock, timing=FAST, table=table, processes=Told(1))


@pytest.fixture
def other(dynamodb: DynamoDBClient, table: str, clock: HandClock) -> Ledger:
    """The same ledger as another process sees it."""
    return Ledger(dynamodb, clock=clock, timing=FAST, table=table, processes=Told(2))


def rows(dynamodb: DynamoDBClient, table: str) -> set[tuple[str, str]]:
    items: list[dict[str, Any]] = dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]) for item in items}


class TestControlTable:
    """The table itself."""

    def test_reading_where_there_is_none_finds_nothing_and_makes_nothing(self, ledger: Ledger) -> None:
        assert ledger.find(SMALL.urn) is None
        assert ledger.read(SMALL.id) is None
        assert list(ledger.entries()) == []
        assert ledger.holder(SMALL.id) is None
        assert ledger.migration("m1").word() is None
        assert ledger.migration("m1").registrations() == ()
        assert ledger.migration("m1").failed_count() == 0
        assert not ledger.exists()

    @pytest.mark.needs(Feature.RECOVERY, Feature.TAGS)
    def test_it_is_on_demand_protected_recoverable_and_forgets_what_expires(
        self, ledger: Ledger, dynamodb: DynamoDBClient, table: str
    ) -> None:
        ledger.create(SMALL)
        seen = Tables(dynamodb).observe(table)
        assert seen is not None
        assert seen.structure == STRUCTURE
        assert seen.settings.billing_mode is BillingMode.PAY_PER_REQUEST
        assert seen.settings.deletion_protection
        assert seen.settings.point_in_time_recovery is not None
        assert seen.settings.point_in_time_recovery.enabled
        assert seen.settings.ttl == Ttl(True, "expires")
        assert "pulumi-dynamo-migrator:ledger" in seen.tags

    def test_many_may_make_it_at_once(self, dynamodb: DynamoDBClient, table: str, clock: HandClock) -> None:

        def make(number: int) -> None:
            ledger = Ledger(dynamodb, clock=clock, timing=FAST, table=table)
            ledger.create(replace(SMALL, id=f"t-{number}", urn=f"urn:{number}"))

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(make, range(6)))
        found = Ledger(dynamodb, clock=clock, timing=FAST, table=table).entries()
        assert sorted(entry.id for entry in found) == [f"t-{number}" for number in range(6)]

    def test_a_strangers_table_under_the_name_is_refused(
        self, ledger: Ledger, dynamodb: DynamoDBClient, table: str
    ) -> None:
        settings = Settings(billing_mode=BillingMode.PAY_PER_REQUEST)
        Tables(dynamodb).create(table, Structure("id", None, (("id", "S"),)), settings=settings, tags={})
        with pytest.raises(TakenError, match="is not this package's ledger"):
            ledger.create(SMALL)

    def test_it_goes_with_the_last_entry_and_not_before(self, ledger: Ledger) -> None:
        one = ledger.create(SMALL)
        two = ledger.create(replace(SMALL, id="t-2", urn="urn:2"))
        assert not ledger.delete_if_empty()
        ledger.delete(one)
        assert not ledger.delete_if_empty()
        ledger.delete(two)
        assert ledger.delete_if_empty()
        assert not ledger.exists()
        assert ledger.delete_if_empty()

    def test_it_stays_while_somebody_holds_a_lease(self, ledger: Ledger, other: Ledger) -> None:
        lease = other.acquire("t-2")
        assert not ledger.delete_if_empty()
        other.release(lease)
        assert ledger.delete_if_empty()

    def test_an_entry_made_after_a_failed_removal_is_let_in(self, ledger: Ledger) -> None:
        ledger.create(SMALL)
        assert not ledger.delete_if_empty()
        assert ledger.create(replace(SMALL, id="t-2", urn="urn:2")).revision == 1


class TestEntries:
    """Entries and their revisions."""

    def test_an_entry_is_found_by_its_urn_as_it_was_written(self, ledger: Ledger, other: Ledger) -> None:
        stored = ledger.create(FULL)
        assert stored == replace(FULL, revision=1)
        assert other.find(FULL.urn) == stored
        assert other.read(FULL.id) == stored
        grown = ledger.save(replace(GROWN, revision=1))
        assert other.read(FULL.id) == grown == replace(GROWN, revision=2)

    def test_every_write_counts(self, ledger: Ledger) -> None:
        entry = ledger.create(SMALL)
        entry = ledger.save(replace(entry, phase=Phase.READY))
        entry = ledger.save(replace(entry, error="x"))
        assert entry.revision == 3
        assert ledger.find(SMALL.urn) == entry

    def test_who_comes_second_is_refused_and_told_by_whom(self, ledger: Ledger, other: Ledger) -> None:
        entry = ledger.create(SMALL)
        lease = other.acquire(SMALL.id)
        other.save(replace(entry, error="theirs"), lease=lease)
        with pytest.raises(LedgerConflictError, match=r"revision 2.*read revision 1.*ann@here \(process 2\)"):
            ledger.save(replace(entry, error="mine"))
        stored = ledger.read(SMALL.id)
        assert stored is not None
        assert stored.error == "theirs"

    def test_a_write_whose_answer_was_lost_is_no_conflict(self, ledger: Ledger) -> None:
        entry = ledger.create(SMALL)
        first = ledger.save(replace(entry, error="x"))
        assert ledger.save(replace(entry, error="x")) == first

    def test_an_entry_is_not_made_twice(self, ledger: Ledger, other: Ledger) -> None:
        ledger.create(SMALL)
        with pytest.raises(LedgerConflictError):
            other.create(replace(SMALL, base_name="another"))

    def test_a_write_without_the_lease_is_refused_where_one_is_asked_for(
        self, ledger: Ledger, other: Ledger, clock: HandClock
    ) -> None:
        entry = ledger.create(SMALL)
        lease = ledger.acquire(SMALL.id)
        clock.ahead = LEASE + 1
        other.acquire(SMALL.id)
        with pytest.raises(LeaseLostError, match="process 2"):
            ledger.save(entry, lease=lease)

    def test_a_renamed_resource_finds_its_entry(self, ledger: Ledger) -> None:
        entry = ledger.create(SMALL)
        renamed = SMALL.urn.replace("::orders", "::sales")
        assert ledger.find(renamed) is None
        ledger.point(renamed, entry)
        assert ledger.find(renamed) == entry

    def test_the_pointer_decides_even_where_an_entry_was_begun_under_the_name(self, ledger: Ledger) -> None:
        entry = ledger.create(SMALL)
        sales = SMALL.urn.replace("::orders", "::sales")
        left = ledger.create(replace(SMALL, id=Identity(sales).entry_id, urn=sales))
        assert ledger.find(sales) == left
        ledger.point(sales, entry)
        assert ledger.find(sales) == entry

    def test_a_deleted_entry_leaves_nothing_however_often(
        self, ledger: Ledger, dynamodb: DynamoDBClient, table: str
    ) -> None:
        entry = ledger.create(SMALL)
        ledger.release(ledger.acquire(SMALL.id))
        ledger.delete(entry)
        ledger.delete(entry)
        assert ledger.find(SMALL.urn) is None
        assert rows(dynamodb, table) == set()

    def test_an_entry_that_others_have_changed_is_not_deleted(self, ledger: Ledger, other: Ledger) -> None:
        entry = ledger.create(SMALL)
        other.save(entry)
        with pytest.raises(LedgerConflictError):
            ledger.delete(entry)

    def test_an_entry_larger_than_an_item_may_be_is_refused_in_words(self, ledger: Ledger) -> None:
        entry = ledger.create(SMALL)
        with pytest.raises(Exception, match="larger than the 400 KB"):
            ledger.save(replace(entry, asked="x" * 500_000))


class TestLeases:
    """Leases."""

    def test_one_at_a_time_and_the_other_is_told_who_and_until_when(self, ledger: Ledger, other: Ledger) -> None:
        ledger.acquire(SMALL.id)
        with pytest.raises(LeaseHeldError, match=r"ann@here \(process 1\), since 2027.* until 2027"):
            other.acquire(SMALL.id)

    def test_a_released_lease_is_free_and_its_number_grows(self, ledger: Ledger, other: Ledger) -> None:
        first = ledger.acquire(SMALL.id)
        ledger.release(first)
        ledger.release(first)
        second = other.acquire(SMALL.id)
        assert second.fence == first.fence + 1
        assert second.settles is None

    def test_who_came_and_went_between_the_look_and_the_taking_is_in_nobodys_way(
        self, ledger: Ledger, other: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its `up` was refused, naming an owner who had already given it back."""
        read, meanwhile = other._leases.read, [2]

        def reading(entry_id: str) -> Lease | None:
            seen = read(entry_id)
            if meanwhile[0]:
                meanwhile[0] -= 1
                ledger.release(ledger.acquire(SMALL.id))
            return seen

        monkeypatch.setattr(other._leases, "read", reading)
        assert other.acquire(SMALL.id).fence == 3

    def test_an_overdue_lease_is_taken_over_and_its_owner_may_only_be_asleep(
        self, ledger: Ledger, other: Ledger, clock: HandClock
    ) -> None:
        first = ledger.renew(ledger.acquire(SMALL.id))
        clock.ahead = LEASE + 1
        second = other.acquire(SMALL.id)
        assert (second.fence, second.settles) == (first.fence + 1, first.until + ASLEEP)
        assert other.holder(SMALL.id) == second

    def test_an_owner_who_did_not_give_it_back_counts_until_all_that_it_signed_is_void(
        self, ledger: Ledger, other: Ledger, clock: HandClock
    ) -> None:
        """Also through owners who died before they could make good of it, or who gave it back, asked to stop, say."""
        first = ledger.acquire(SMALL.id)
        clock.ahead = LEASE + 1
        second = other.acquire(SMALL.id)
        other.release(second)
        third = ledger.acquire(SMALL.id)
        assert third.settles == first.until + ASLEEP
        clock.ahead = 2 * LEASE + 2
        assert other.acquire(SMALL.id).settles == third.until + ASLEEP

    def test_a_lease_of_a_dead_process_of_this_machine_is_taken_at_once_and_its_last_request_awaited(
        self, ledger: Ledger, dynamodb: DynamoDBClient, table: str, clock: HandClock
    ) -> None:
        first = ledger.acquire(SMALL.id)
        told = Told(2)
        told.died.add(1)
        heir = Ledger(dynamodb, clock=clock, timing=FAST, table=table, processes=told)
        second = heir.acquire(SMALL.id)
        assert second.settles == clock.now() + FAST.outcome
        clock.ahead = 2 * 86_400.0
        told.died.add(2)
        third = heir.acquire(SMALL.id)
        assert third.settles == second.until + ASLEEP < clock.now()
        assert first.token != second.token != third.token

    def test_a_renewed_lease_lasts(self, ledger: Ledger, other: Ledger, clock: HandClock) -> None:
        lease = ledger.acquire(SMALL.id)
        for _ in range(3):
            clock.ahead += LEASE * 0.8
            lease = ledger.renew(lease)
        with pytest.raises(LeaseHeldError):
            other.acquire(SMALL.id)

    def test_a_lease_that_was_lost_cannot_be_renewed_nor_released(
        self, ledger: Ledger, other: Ledger, clock: HandClock
    ) -> None:
        lost = ledger.acquire(SMALL.id)
        clock.ahead = LEASE + 1
        held = other.acquire(SMALL.id)
        with pytest.raises(LeaseLostError, match="process 2"):
            ledger.renew(lost)
        ledger.release(lost)
        assert other.holder(SMALL.id) == held

    def test_a_released_lease_cannot_be_renewed(self, ledger: Ledger) -> None:
        lease = ledger.acquire(SMALL.id)
        ledger.release(lease)
        with pytest.raises(LeaseLostError, match="nobody holds it"):
            ledger.renew(lease)

    def test_a_holder_that_is_asked_to_stop_hears_it_when_it_renews(
        self, ledger: Ledger, other: Ledger, clock: HandClock
    ) -> None:
        lease = ledger.acquire(SMALL.id)
        assert ledger.renew(lease).stop is None
        seen = other.holder(SMALL.id)
        assert seen is not None
        assert other.works(seen)
        asked = StopRequest("ann@desk", at=clock.now(), because="käse 🧀")
        assert other.ask_to_stop(seen, asked)
        assert ledger.renew(lease).stop == asked
        again = StopRequest("bob@desk", at=clock.now() + 1)
        assert other.ask_to_stop(seen, again)
        assert ledger.renew(lease).stop == again
        ledger.save(ledger.create(SMALL), lease=lease)

    def test_only_the_lease_that_was_seen_is_asked_and_the_next_holder_was_not(
        self, ledger: Ledger, other: Ledger, clock: HandClock
    ) -> None:
        first = ledger.acquire(SMALL.id)
        asked = StopRequest("ann@desk", at=clock.now())
        assert other.ask_to_stop(first, asked)
        ledger.release(first)
        assert not other.ask_to_stop(first, asked)
        released = other.holder(SMALL.id)
        assert released is not None
        assert released.stop == asked
        assert not other.works(released)
        second = ledger.acquire(SMALL.id)
        assert not other.ask_to_stop(first, asked)
        assert second.stop is None
        assert ledger.renew(second).stop is None

    def test_nobody_works_under_a_lease_that_is_overdue_or_whose_owner_died(
        self, ledger: Ledger, dynamodb: DynamoDBClient, table: str, clock: HandClock
    ) -> None:
        lease = ledger.acquire(SMALL.id)
        assert ledger.works(lease)
        told = Told(2)
        told.died.add(1)
        assert not Ledger(dynamodb, clock=clock, timing=FAST, table=table, processes=told).works(lease)
        clock.ahead = LEASE + 1
        assert not ledger.works(lease)

    def test_where_there_is_no_ledger_nobody_can_be_asked(self, ledger: Ledger, clock: HandClock) -> None:
        lease = Lease(SMALL.id, "token", 1, Owner("here", "ann", 1), since=0.0, beat=0.0, until=clock.now() + 9)
        assert not ledger.ask_to_stop(lease, StopRequest("ann@desk", at=clock.now()))

    def test_of_many_that_try_at_once_one_gets_it(self, dynamodb: DynamoDBClient, table: str, clock: HandClock) -> None:
        Ledger(dynamodb, clock=clock, timing=FAST, table=table).control.ensure()

        def take(number: int) -> bool:
            ledger = Ledger(dynamodb, clock=clock, timing=FAST, table=table, processes=Told(number))
            try:
                return bool(ledger.acquire(SMALL.id))
            except LeaseHeldError:
                return False

        with ThreadPoolExecutor(6) as pool:
            assert sorted(pool.map(take, range(1, 7))) == [False] * 5 + [True]
