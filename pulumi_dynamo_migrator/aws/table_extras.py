"""What DynamoDB keeps of a table beside DescribeTable: time to live, recovery, tags, what is attached to it.

Never touches an item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from pulumi_dynamo_migrator.aws import table_requests as requests
from pulumi_dynamo_migrator.aws import table_shapes as shapes
from pulumi_dynamo_migrator.aws.faults import AwsError, DeniedError, Fault, asking
from pulumi_dynamo_migrator.aws.waiting import wait_for
from pulumi_dynamo_migrator.model.names import TAG_PREFIX
from pulumi_dynamo_migrator.model.spec import PointInTimeRecovery, Ttl
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

_UNKNOWN = ("UnknownOperationException", "UnsupportedOperationException", "NotImplemented")
"""What engines other than AWS answer to a call that they lack."""


_FLOWING = ("ACTIVE", "ENABLING", "UPDATING")


class TableExtras:
    """One door to the rest of a table. Safe to share between threads."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client

    def ttl(self, name: str) -> Ttl:
        """Time to live; while it is being switched, what it is being switched to."""
        with asking("dynamodb:DescribeTimeToLive", f"table {name}"):
            return shapes.ttl(self._client.describe_time_to_live(TableName=name)["TimeToLiveDescription"])

    def set_ttl(self, name: str, wanted: Ttl) -> None:
        """Switch time to live; nothing where it is so already.

        Another attribute is two switches, and DynamoDB wants up to an hour between them: then the second is refused,
        the error says so, and running again goes on with it.
        """
        seen = self.ttl(name)
        if _same_ttl(seen, wanted):
            return
        if seen.enabled:
            self._update_ttl(name, Ttl(enabled=False, attribute=seen.attribute))
        if wanted.enabled:
            self._update_ttl(name, wanted)

    def _update_ttl(self, name: str, wanted: Ttl) -> None:
        try:
            with asking("dynamodb:UpdateTimeToLive", f"table {name}"):
                self._client.update_time_to_live(TableName=name, **requests.ttl(wanted))
        except AwsError as error:
            if error.fault is not Fault.INVALID:
                raise
            if _same_ttl(self.ttl(name), wanted):
                return  # by an attempt whose answer was lost, or by another process
            raise AwsError(
                f"DynamoDB does not switch the time to live of {name} now: {error.message}",
                fault=error.fault,
                action=error.action,
                resource=error.resource,
                code=error.code,
                message=error.message,
                now="it takes one switch an hour: run `pulumi up` again later.",
            ) from error

    def point_in_time_recovery(self, name: str) -> PointInTimeRecovery:
        """Continuous backups."""
        with asking("dynamodb:DescribeContinuousBackups", f"table {name}"):
            answer = self._client.describe_continuous_backups(TableName=name)
            return shapes.point_in_time_recovery(answer["ContinuousBackupsDescription"])

    def set_point_in_time_recovery(
        self, name: str, wanted: PointInTimeRecovery, *, clock: Clock, timing: Timing
    ) -> None:
        """Switch continuous backups; a new table is not ready for it at once, which is waited for."""

        def attempt() -> bool | None:
            try:
                with asking("dynamodb:UpdateContinuousBackups", f"table {name}"):
                    self._client.update_continuous_backups(TableName=name, **requests.point_in_time_recovery(wanted))
            except AwsError as error:
                if error.code == "ContinuousBackupsUnavailableException":
                    return None
                raise
            return True

        if _same_recovery(self.point_in_time_recovery(name), wanted):
            return
        what = f"Point-in-time recovery of {name} could not be switched"
        wait_for(attempt, clock=clock, timing=timing, limit=timing.table, what=what)

    def tags(self, arn: str) -> tuple[tuple[str, str], ...]:
        """All tags but AWS's own, sorted."""
        with asking("dynamodb:ListTagsOfResource", arn):
            pages = self._client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
            return shapes.tags([tag for page in pages for tag in page["Tags"]])

    def kinesis_destinations(self, name: str) -> tuple[str, ...]:
        """The ARNs of the Kinesis streams that get every change of the table."""
        with asking("dynamodb:DescribeKinesisStreamingDestination", f"table {name}"):
            answer = self._client.describe_kinesis_streaming_destination(TableName=name)
            found = answer.get("KinesisDataStreamDestinations", ())
            return tuple(one["StreamArn"] for one in found if one.get("DestinationStatus") in _FLOWING)

    def has_insights(self, name: str) -> bool:
        """Whether CloudWatch Contributor Insights watches the table."""
        with asking("dynamodb:DescribeContributorInsights", f"table {name}"):
            answer = self._client.describe_contributor_insights(TableName=name)
            return answer.get("ContributorInsightsStatus") in ("ENABLED", "ENABLING")

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set these tags, whatever others there are."""
        if tags:
            with asking("dynamodb:TagResource", arn):
                self._client.tag_resource(ResourceArn=arn, Tags=requests.tag_list(tags))

    def untag(self, arn: str, names: Iterable[str]) -> None:
        """Remove tags by name."""
        if gone := sorted(names):
            with asking("dynamodb:UntagResource", arn):
                self._client.untag_resource(ResourceArn=arn, TagKeys=gone)

    def set_tags(self, arn: str, wanted: Mapping[str, str]) -> None:
        """Make the tags be `wanted`: only what differs is set or removed. Tags of this package are never removed."""
        seen = dict(self.tags(arn))
        self.tag(arn, {key: value for key, value in wanted.items() if seen.get(key) != value})
        self.untag(arn, [key for key in seen if key not in wanted and not key.startswith(TAG_PREFIX)])


def readable(read: Callable[[], T]) -> T | None:
    """What `read` answers; None where it is denied, or the engine lacks the call. A throttle is neither: it raises."""
    try:
        return read()
    except DeniedError:
        return None
    except AwsError as error:
        if error.code in _UNKNOWN:
            return None
        raise


def _same_ttl(seen: Ttl, wanted: Ttl) -> bool:
    return seen == wanted or (not seen.enabled and not wanted.enabled)


def _same_recovery(seen: PointInTimeRecovery, wanted: PointInTimeRecovery) -> bool:
    days = wanted.recovery_period_in_days
    return seen.enabled == wanted.enabled and (not wanted.enabled or days in (None, seen.recovery_period_in_days))
