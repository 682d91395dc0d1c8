"""The DynamoDB control plane: describe, create, change and delete tables. Never touches an item, never decides.

DynamoDB takes one change of a table at a time: each `update_…` is one UpdateTable, and `wait_active` comes between two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pulumi_dynamo_migrator.aws import table_requests as requests
from pulumi_dynamo_migrator.aws import table_shapes as shapes
from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, TakenError, asking, unless
from pulumi_dynamo_migrator.aws.table_extras import TableExtras, readable
from pulumi_dynamo_migrator.aws.waiting import wait_for
from pulumi_dynamo_migrator.model.observed import ObservedTable, TableStatus
from pulumi_dynamo_migrator.model.spec import (
    BillingMode,
    Encryption,
    GlobalIndex,
    Settings,
    Stream,
    Structure,
    Units,
)
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

FRESH = 30.0
"""Seconds in which DescribeTable may not know a new table yet: it is eventually consistent (API reference)."""

STUCK = {
    TableStatus.INACCESSIBLE_ENCRYPTION_CREDENTIALS: "give DynamoDB access to the table's KMS key again",
    TableStatus.ARCHIVING: "restore the table from the backup that DynamoDB made",
    TableStatus.ARCHIVED: "restore the table from the backup that DynamoDB made",
}

Progress = Callable[[ObservedTable], None]


class Tables(TableExtras):
    """One door to tables. Safe to share between threads."""

    def describe(self, name: str) -> ObservedTable | None:
        """What DescribeTable says; None only on a sure ResourceNotFound."""
        with unless(Fault.GONE), asking("dynamodb:DescribeTable", f"table {name}"):
            return shapes.observed_table(self._client.describe_table(TableName=name)["Table"])
        return None

    def observe(self, name: str) -> ObservedTable | None:
        """`describe` with TTL, point-in-time recovery and tags (3 more calls). What is denied or unknown stays None."""
        seen = self.describe(name)
        if seen is None:
            return None
        ttl = readable(lambda: self.ttl(name))
        recovery = readable(lambda: self.point_in_time_recovery(name))
        tags = readable(lambda: self.tags(seen.arn))
        settings = replace(seen.settings, ttl=ttl, point_in_time_recovery=recovery, tags=tags)
        return replace(seen, settings=settings, complete=None not in (ttl, recovery, tags))

    def create(self, name: str, structure: Structure, *, settings: Settings, tags: Mapping[str, str]) -> ObservedTable:
        """Create a table with what CreateTable takes: TTL and point-in-time recovery have calls of their own.

        `tags` say whose it is. Twice is as good as once: a table that has them all is the one that was made before; any
        other under this name is a stranger's: TakenError.
        """
        request = requests.create_table(name, structure, settings=settings, tags=tags)
        try:
            with asking("dynamodb:CreateTable", f"table {name}"):
                return shapes.observed_table(self._client.create_table(**request)["TableDescription"])
        except AwsError as error:
            if error.fault not in (Fault.IN_USE, Fault.EXISTS):
                raise
            return self._own(name, tags, error)

    def _own(self, name: str, tags: Mapping[str, str], error: AwsError) -> ObservedTable:
        seen = self.describe(name)
        if seen is None:
            # DescribeTable is eventually consistent (API reference). It may well be ours: nothing may be undone.
            raise AwsError(
                f"The table {name} was made, by us or by others, and cannot be seen yet.",
                fault=Fault.FAILING,
                action=error.action,
                resource=error.resource,
            ) from error
        if seen.status is TableStatus.DELETING:
            raise error
        if not tags or not tags.items() <= dict(self.tags(seen.arn)).items():
            raise TakenError(
                f"A table named {name} exists already, and this stack did not make it.",
                fault=Fault.EXISTS,
                action=error.action,
                resource=error.resource,
                now="choose another `name`, or take the table over with `adopt=`.",
            ) from error
        return seen

    def delete(self, name: str, *, table_id: str | None = None) -> bool:
        """Delete a table; False if there is none (any more). With `table_id` only the table that has it: TakenError."""
        seen = self.describe(name)
        if seen is None or seen.status is TableStatus.DELETING:
            return False
        if table_id is not None and seen.table_id != table_id:
            raise TakenError(
                f"The table {name} is not the one that was made here: its TableId is {seen.table_id}, not {table_id}.",
                fault=Fault.EXISTS,
                action="dynamodb:DeleteTable",
                resource=f"table {name}",
                now="somebody made it anew; delete it by hand if it is not needed, and run again.",
            )
        with unless(Fault.GONE), asking("dynamodb:DeleteTable", f"table {name}"):
            self._client.delete_table(TableName=name)
            return True
        return False

    def update_billing(
        self, name: str, mode: BillingMode, *, capacity: Units | None, indexes: Mapping[str, Units] | None = None
    ) -> None:
        """Mode and capacity of the table, and capacity of global `indexes`, in one call; none where nothing differs."""
        seen = self._sure(name)
        self._update(name, requests.update_billing(seen, mode, capacity=capacity, indexes=indexes or {}))

    def update_on_demand(self, name: str, units: Units) -> None:
        """Set limits of an on-demand table; -1 takes one away."""
        self._update(name, requests.update_on_demand(units))

    def update_warm(self, name: str, units: Units) -> None:
        """Raise warm throughput."""
        self._update(name, requests.update_warm(units))

    def update_stream(self, name: str, stream: Stream) -> None:
        """Switch the stream; nothing where it is so already. A view type is never changed: DynamoDB refuses it."""
        seen = self._sure(name).stream
        wanted = (stream.enabled, stream.view_type if stream.enabled else None)
        if (seen.enabled, seen.view_type) != wanted:
            self._update(name, requests.update_stream(stream))

    def update_encryption(self, name: str, encryption: Encryption) -> None:
        """Set the encryption key."""
        self._update(name, requests.update_encryption(encryption))

    def update_class(self, name: str, table_class: str) -> None:
        """Set the table class."""
        self._update(name, {"TableClass": table_class})

    def update_deletion_protection(self, name: str, enabled: bool) -> None:
        """Switch deletion protection."""
        self._update(name, {"DeletionProtectionEnabled": enabled})

    def create_index(self, name: str, index: GlobalIndex, *, types: Mapping[str, str]) -> None:
        """Begin to build a global index; `types` of its key attributes. Nothing where it stands already."""
        seen = self._sure(name)
        alike = [found.name for found in seen.structure.global_indexes if found.shape == index.shape]
        if alike and dict(seen.index_statuses)[index.name] != "DELETING":
            return
        mode = seen.settings.billing_mode or BillingMode.PROVISIONED
        known = {**types, **seen.structure.types}
        attributes = {key: known[key] for key in (*seen.structure.keys, *index.keys)}
        self._update(name, requests.create_index(index, attributes, mode=mode, default=seen.settings.capacity))

    def delete_index(self, name: str, index: str) -> None:
        """Begin to delete a global index; nothing where there is none, or it is being deleted."""
        if dict(self._sure(name).index_statuses).get(index) not in (None, "DELETING"):
            self._update(name, requests.delete_index(index))

    def update_index(self, name: str, index: GlobalIndex) -> None:
        """Set the units of a living index: all that can be changed in one."""
        mode = self._sure(name).settings.billing_mode or BillingMode.PROVISIONED
        self._update(name, requests.update_index(index, mode=mode))

    def wait_active(
        self, name: str, *, clock: Clock, timing: Timing, indexes: bool = True, progress: Progress | None = None
    ) -> ObservedTable:
        """Wait until the table, and with `indexes` each global index, is ACTIVE; `progress` is told of every look."""
        began = clock.monotonic()

        def look() -> ObservedTable | None:
            seen = self.describe(name)
            if seen is None:
                if clock.monotonic() - began < min(FRESH, timing.table):
                    return None
                raise _gone(name)
            if progress is not None:
                progress(seen)
            return seen if _active(seen, indexes) else None

        limit = timing.index if indexes else timing.table
        return wait_for(look, clock=clock, timing=timing, limit=limit, what=f"The table {name} did not become ACTIVE")

    def wait_gone(self, name: str, *, clock: Clock, timing: Timing) -> None:
        """Wait until no table has this name."""
        what = f"The table {name} was not deleted"
        wait_for(
            lambda: True if self.describe(name) is None else None,
            clock=clock,
            timing=timing,
            limit=timing.table,
            what=what,
        )

    def _sure(self, name: str) -> ObservedTable:
        seen = self.describe(name)
        if seen is None:
            raise _gone(name)
        return seen

    def _update(self, name: str, request: requests.Request) -> None:
        if request:
            with asking("dynamodb:UpdateTable", f"table {name}"):
                self._client.update_table(TableName=name, **request)


def _active(seen: ObservedTable, indexes: bool) -> bool:
    if seen.status in STUCK or seen.status is TableStatus.DELETING:
        raise AwsError(
            f"The table {seen.name} is {seen.status}.",
            fault=Fault.GONE if seen.status is TableStatus.DELETING else Fault.OTHER,
            action="dynamodb:DescribeTable",
            resource=f"table {seen.name}",
            now=f"{STUCK.get(seen.status, 'find out who is deleting it')}, and run again.",
        )
    return seen.status is TableStatus.ACTIVE and not (
        indexes and any(status != "ACTIVE" for _, status in seen.index_statuses)
    )


def _gone(name: str) -> AwsError:
    return AwsError(
        f"There is no table {name}.",
        fault=Fault.GONE,
        action="dynamodb:DescribeTable",
        resource=f"table {name}",
        code="ResourceNotFoundException",
        now="check whether somebody deleted it, and region and account.",
    )
