"""Resource policies of tables: read, written and deleted on condition of what was seen. Never writes over another's
change, and changes nothing of a policy but our fence.

GetResourcePolicy is eventually consistent (API reference): a change is over when a read shows it. DynamoDB blocks a
table's policy for 15 seconds after each update (Developer Guide, "Resource-based policy considerations"), so that an
update that is refused meanwhile is asked for again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, asking, unless
from pulumi_dynamo_migrator.aws.fence_policy import has_fence, with_fence, without_fence
from pulumi_dynamo_migrator.aws.waiting import WaitedTooLongError, wait_for
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PATIENCE = 120.0
"""Seconds for one change: some of DynamoDB's 15, and others who change the policy too."""

Change = Callable[[str | None], str | None]
"""From the policy's text to the text that it should have; None: no policy."""

_NO_POLICY = "NO_POLICY"
_AGAIN = (Fault.NO_POLICY, Fault.IN_USE, Fault.THROTTLED, Fault.LIMIT)
"""Somebody changed the policy, or the table, in between; or the last update is younger than 15 seconds."""


@dataclass(frozen=True, slots=True)
class TablePolicy:
    """A table's resource policy, and the revision by which DynamoDB knows this text."""

    text: str
    revision: str


class TablePolicies:
    """One door to resource policies. Safe to share between threads."""

    def __init__(self, client: DynamoDBClient, *, clock: Clock, timing: Timing) -> None:
        self._client = client
        self._clock = clock
        self._timing = timing

    def read(self, table_arn: str) -> TablePolicy | None:
        """The policy; None where the table has none."""
        with unless(Fault.NO_POLICY), asking("dynamodb:GetResourcePolicy", table_arn):
            answer = self._client.get_resource_policy(ResourceArn=table_arn)
            return TablePolicy(text=answer["Policy"], revision=answer["RevisionId"])
        return None

    def write(self, table_arn: str, text: str, *, revision: str | None) -> str:
        """Put the policy if the one there still has this revision (None: if there is none); the new revision.

        One that says the same is the one that was put, by an attempt whose answer was lost.
        """
        try:
            with asking("dynamodb:PutResourcePolicy", table_arn):
                answer = self._client.put_resource_policy(
                    ResourceArn=table_arn, Policy=text, ExpectedRevisionId=revision or _NO_POLICY
                )
                return answer["RevisionId"]
        except AwsError as error:
            seen = self.read(table_arn) if error.fault is Fault.NO_POLICY else None
            if seen is None or json.loads(seen.text) != json.loads(text):
                raise
            return seen.revision

    def delete(self, table_arn: str, *, revision: str) -> None:
        """Delete the policy if it still has this revision."""
        with asking("dynamodb:DeleteResourcePolicy", table_arn):
            self._client.delete_resource_policy(ResourceArn=table_arn, ExpectedRevisionId=revision)

    def fence(self, table_arn: str, *, until: float | None) -> None:
        """Deny every write to the table `until` then (epoch seconds), or for good; twice is as good as once.

        Renews a fence that is there. Denied is the rule, not yet the fact: that is what probes are for.
        """
        self._change(table_arn, lambda text: with_fence(text, table_arn, until=until), fenced=True)

    def lift(self, table_arn: str) -> None:
        """Take our Deny out again; nothing where there is none, nor where there is no table any more."""
        with unless(Fault.GONE):
            self._change(table_arn, lambda text: None if text is None else without_fence(text), fenced=False)

    def _change(self, table_arn: str, change: Change, *, fenced: bool) -> None:
        done, last = False, list[AwsError]()

        def look() -> bool | None:
            nonlocal done
            done = done or self._changed(table_arn, change, last)
            return True if done and self._shows(table_arn, fenced) else None

        what = f"The change of the resource policy of {table_arn} did not show"
        try:
            wait_for(look, clock=self._clock, timing=self._timing, limit=PATIENCE, what=what)
        except WaitedTooLongError as error:
            raise (error if done or not last else last[-1]) from error

    def _changed(self, table_arn: str, change: Change, last: list[AwsError]) -> bool:
        """Change what is there; False when it is another's by now, or cannot be changed yet."""
        seen = self.read(table_arn)
        before = None if seen is None else seen.text
        after = change(before)
        try:
            if after is not None and after != before:
                self.write(table_arn, after, revision=None if seen is None else seen.revision)
            elif after is None and seen is not None:
                self.delete(table_arn, revision=seen.revision)
        except AwsError as error:
            if error.fault not in _AGAIN:
                raise
            last.append(error)
            return False
        return True

    def _shows(self, table_arn: str, fenced: bool) -> bool:
        seen = self.read(table_arn)
        return has_fence(None if seen is None else seen.text) is fenced
