"""CloudWatch's view of a table: how much was written to it. Never puts a metric, and never insists on an answer."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.aws.faults import Fault, asking, unless

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_MOST_POINTS = 1440
"""GetMetricStatistics gives no more data points at once (API reference)."""

_MINUTE, _FIVE_MINUTES, _HOUR, _DAY = 60, 300, 3600, 86_400


class Metrics:
    """One door to CloudWatch. Safe to share between threads."""

    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def written_units(self, table: str, *, since: float, until: float) -> float | None:
        """The write units that the table consumed between the two times (epoch seconds).

        CloudWatch rounds the beginning down to its period, so that it may count a little more, never less. None: it
        knows nothing of the table in that time (which is not the same as "nothing was written": its data points are
        minutes late), or may not be asked.
        """
        with unless(Fault.DENIED), asking("cloudwatch:GetMetricStatistics", f"table {table}"):
            answer = self._client.get_metric_statistics(
                Namespace="AWS/DynamoDB",
                MetricName="ConsumedWriteCapacityUnits",
                Dimensions=[{"Name": "TableName", "Value": table}],
                StartTime=datetime.fromtimestamp(since, UTC),
                EndTime=datetime.fromtimestamp(until, UTC),
                Period=_period(since, until),
                Statistics=["Sum"],
            )
            points = [point["Sum"] for point in answer.get("Datapoints", ()) if "Sum" in point]
            return sum(points) if points else None
        return None


def _period(since: float, until: float) -> int:
    """The shortest period that CloudWatch still keeps for a beginning so far back, and that fits into one answer.

    A minute for 15 days, five for 63, then an hour (GetMetricStatistics, API reference).
    """
    back = until - since
    least = _MINUTE if back <= 15 * _DAY else _FIVE_MINUTES if back <= 63 * _DAY else _HOUR
    return least * max(1, math.ceil(back / _MOST_POINTS / least))
