"""Event source mappings between a table's stream and a function. Never reads a record, never changes a function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, asking, unless
from pulumi_dynamo_migrator.aws.waiting import WaitedTooLongError, wait_for
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

BATCH = 100


class MappingState(StrEnum):
    """GetEventSourceMapping's State."""

    CREATING = "Creating"
    ENABLING = "Enabling"
    ENABLED = "Enabled"
    UPDATING = "Updating"
    DISABLING = "Disabling"
    DISABLED = "Disabled"
    DELETING = "Deleting"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ObservedMapping:
    """A mapping as it is; `last_result` is Lambda's own word on the last batch."""

    uuid: str
    state: MappingState
    function_arn: str
    stream_arn: str
    last_result: str = ""


class Mappings:
    """One door to mappings. Safe to share between threads."""

    def __init__(self, client: LambdaClient) -> None:
        self._client = client

    def describe_mapping(self, uuid: str) -> ObservedMapping | None:
        """The mapping; None only on a sure ResourceNotFound."""
        with unless(Fault.GONE), asking("lambda:GetEventSourceMapping", f"mapping {uuid}"):
            return _observed(self._client.get_event_source_mapping(UUID=uuid))
        return None

    def mappings_of(self, stream_arn: str) -> tuple[ObservedMapping, ...]:
        """Every mapping that reads the stream, whoever's (readers that are no mappings cannot be seen)."""
        with asking("lambda:ListEventSourceMappings", stream_arn):
            pages = self._client.get_paginator("list_event_source_mappings").paginate(EventSourceArn=stream_arn)
            return tuple(_observed(one) for page in pages for one in page["EventSourceMappings"])

    def readers(self, stream_arn: str) -> tuple[str, ...]:
        """The names of the functions that read the stream, sorted: at least these, other readers cannot be seen."""
        seen = [one for one in self.mappings_of(stream_arn) if one.state is not MappingState.DELETING]
        return tuple(sorted({_function_name(one.function_arn) for one in seen}))

    def find_mapping(self, function: str, stream_arn: str) -> ObservedMapping | None:
        """The mapping between the two, if there is one that is not being deleted."""
        for seen in self.mappings_of(stream_arn):
            if _function_name(seen.function_arn) == function and seen.state is not MappingState.DELETING:
                return seen
        return None

    def create_mapping(
        self,
        function: str,
        stream_arn: str,
        *,
        tags: Mapping[str, str],
        clock: Clock,
        timing: Timing,
        batch_size: int = BATCH,
    ) -> ObservedMapping:
        """Make the mapping, from TRIM_HORIZON, with retries without end and without bisecting: order is what counts.

        Twice is as good as once. "Cannot access stream" is normal while the role is young: tried again, `timing.role`.
        """
        request: dict[str, Any] = {
            "FunctionName": function,
            "EventSourceArn": stream_arn,
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": batch_size,
            "Enabled": True,
            "MaximumRetryAttempts": -1,
            "MaximumRecordAgeInSeconds": -1,
            "BisectBatchOnFunctionError": False,
            "ParallelizationFactor": 1,
            "Tags": dict(tags),
        }
        last: list[AwsError] = []

        def attempt() -> ObservedMapping | None:
            seen = self.find_mapping(function, stream_arn)
            return seen or self._mapping_made(request, last)

        try:
            what = f"Lambda could not be connected to the stream {stream_arn}"
            return wait_for(attempt, clock=clock, timing=timing, limit=timing.role, what=what)
        except WaitedTooLongError as error:
            raise (last[-1] if last else error) from error

    def _mapping_made(self, request: dict[str, Any], last: list[AwsError]) -> ObservedMapping | None:
        try:
            with asking("lambda:CreateEventSourceMapping", f"function {request['FunctionName']}"):
                return _observed(self._client.create_event_source_mapping(**request))
        except AwsError as error:
            if not _passing(error):
                raise
            last.append(error)
            return None

    def wait_enabled(self, uuid: str, *, clock: Clock, timing: Timing) -> ObservedMapping:
        """Wait until the mapping reads."""

        def look() -> ObservedMapping | None:
            seen = self.describe_mapping(uuid)
            if seen is None or seen.state is MappingState.DELETING:
                raise _gone(uuid)
            return seen if seen.state is MappingState.ENABLED else None

        what = f"The mapping {uuid} did not become enabled"
        return wait_for(look, clock=clock, timing=timing, limit=timing.mapping, what=what)

    def disable(self, uuid: str, *, clock: Clock, timing: Timing) -> None:
        """Switch the mapping off and wait until it is; nothing where there is none. What it holds is not lost."""

        def look() -> bool | None:
            seen = self.describe_mapping(uuid)
            if seen is None or seen.state in (MappingState.DISABLED, MappingState.DELETING):
                return True
            if seen.state is not MappingState.DISABLING:
                self._update(uuid)
            return None

        what = f"The mapping {uuid} did not become disabled"
        wait_for(look, clock=clock, timing=timing, limit=timing.mapping, what=what)

    def _update(self, uuid: str) -> None:
        """A mapping that is changing refuses (ResourceInUse): it is asked again."""
        with unless(Fault.IN_USE, Fault.GONE), asking("lambda:UpdateEventSourceMapping", f"mapping {uuid}"):
            self._client.update_event_source_mapping(UUID=uuid, Enabled=False)

    def delete_mapping(self, uuid: str, *, clock: Clock, timing: Timing) -> None:
        """Delete the mapping and wait until it is gone; nothing where there is none."""

        def look() -> bool | None:
            seen = self.describe_mapping(uuid)
            if seen is None:
                return True
            if seen.state is not MappingState.DELETING:
                with unless(Fault.IN_USE, Fault.GONE), asking("lambda:DeleteEventSourceMapping", f"mapping {uuid}"):
                    self._client.delete_event_source_mapping(UUID=uuid)
            return None

        wait_for(look, clock=clock, timing=timing, limit=timing.mapping, what=f"The mapping {uuid} was not deleted")


_PASSING = ("cannot access stream", "cannot be assumed", "does not exist", "no access", "ensure the role")
"""Words of refusals that pass once IAM has spread a new role, or Lambda knows a new function."""


def _passing(error: AwsError) -> bool:
    if error.fault in (Fault.IN_USE, Fault.EXISTS, Fault.THROTTLED):
        return True
    return error.fault is Fault.INVALID and any(words in error.message.lower() for words in _PASSING)


def _observed(answer: Mapping[str, Any]) -> ObservedMapping:
    state = answer.get("State", "")
    return ObservedMapping(
        uuid=answer["UUID"],
        state=MappingState(state) if state in set(MappingState) else MappingState.OTHER,
        function_arn=answer.get("FunctionArn", ""),
        stream_arn=answer.get("EventSourceArn", ""),
        last_result=answer.get("LastProcessingResult", ""),
    )


def _function_name(arn: str) -> str:
    """`arn:aws:lambda:region:account:function:name[:qualifier]` → name."""
    return (arn.split(":") + [""] * 7)[6]


def _gone(uuid: str) -> AwsError:
    return AwsError(
        f"There is no event source mapping {uuid} any more.",
        fault=Fault.GONE,
        action="lambda:GetEventSourceMapping",
        resource=f"mapping {uuid}",
        now="find out who removed it: what the stream held for it may be lost.",
    )
