"""Lambda functions for the replicator: made, found, waited for and removed. Never invokes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_dynamo_migrator.aws.faults import AwsError, Fault, TakenError, asking, unless
from pulumi_dynamo_migrator.aws.mappings import Mappings
from pulumi_dynamo_migrator.aws.waiting import WaitedTooLongError, wait_for
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

RUNTIME = "python3.11"
MEMORY = 512


@dataclass(frozen=True, slots=True)
class ObservedFunction:
    """A function as it is; `code` is the base64 SHA-256 of its zip."""

    name: str
    arn: str
    code: str
    state: str
    reason: str
    tags: tuple[tuple[str, str], ...] = ()


class Functions(Mappings):
    """One door to functions and their mappings. Safe to share between threads."""

    def __init__(self, client: LambdaClient) -> None:
        super().__init__(client)

    def describe(self, name: str) -> ObservedFunction | None:
        """The function; None only on a sure ResourceNotFound."""
        with unless(Fault.GONE), asking("lambda:GetFunction", f"function {name}"):
            answer = self._client.get_function(FunctionName=name)
            return _observed(answer["Configuration"], answer.get("Tags", {}))
        return None

    def create_function(
        self,
        name: str,
        role_arn: str,
        *,
        zipped: bytes,
        handler: str,
        timeout: int,
        tags: Mapping[str, str],
        clock: Clock,
        timing: Timing,
        runtime: str = RUNTIME,
        memory: int = MEMORY,
    ) -> ObservedFunction:
        """Make the function and wait until it is Active.

        Twice is as good as once: one that has all these tags is the one that was made before; any other under this name
        is a stranger's: TakenError. "The role cannot be assumed" is normal while it is young: tried again for
        `timing.role`.
        """
        request: dict[str, Any] = {
            "FunctionName": name,
            "Role": role_arn,
            "Runtime": runtime,
            "Handler": handler,
            "Code": {"ZipFile": zipped},
            "Description": "Replicator of a table migration, made by pulumi-dynamo-migrator",
            "Timeout": timeout,
            "MemorySize": memory,
            "Tags": dict(tags),
        }
        last: list[AwsError] = []
        try:
            what = f"Lambda did not take the role {role_arn}"
            wait_for(
                lambda: self._function_made(request, last), clock=clock, timing=timing, limit=timing.role, what=what
            )
        except WaitedTooLongError as error:
            raise (last[-1] if last else error) from error
        return self.wait_active(name, clock=clock, timing=timing)

    def _function_made(self, request: dict[str, Any], last: list[AwsError]) -> bool | None:
        name = request["FunctionName"]
        try:
            with asking("lambda:CreateFunction", f"function {name}"):
                self._client.create_function(**request)
        except AwsError as error:
            if error.fault is Fault.EXISTS:
                self._own(name, request["Tags"], error)
            elif "cannot be assumed" in error.message:
                last.append(error)
                return None
            else:
                raise
        return True

    def _own(self, name: str, tags: Mapping[str, str], error: AwsError) -> None:
        seen = self.describe(name)
        if seen is None:
            raise error
        if not tags or not tags.items() <= dict(seen.tags).items():
            raise TakenError(
                f"A function named {name} exists already, and this migration did not make it.",
                fault=Fault.EXISTS,
                action=error.action,
                resource=error.resource,
                now="remove it if nobody needs it, and run again.",
            ) from error

    def wait_active(self, name: str, *, clock: Clock, timing: Timing) -> ObservedFunction:
        """Wait until the function can be invoked."""

        def look() -> ObservedFunction | None:
            seen = self.describe(name)
            if seen is not None and seen.state == "Failed":
                raise AwsError(
                    f"Lambda could not set up the function {name}: {seen.reason}",
                    fault=Fault.OTHER,
                    action="lambda:CreateFunction",
                    resource=f"function {name}",
                )
            return seen if seen is not None and seen.state == "Active" else None

        what = f"The function {name} did not become Active"
        return wait_for(look, clock=clock, timing=timing, limit=timing.mapping, what=what)

    def delete_function(self, name: str) -> None:
        """Delete the function; nothing where there is none."""
        with unless(Fault.GONE), asking("lambda:DeleteFunction", f"function {name}"):
            self._client.delete_function(FunctionName=name)


def _observed(configuration: Mapping[str, Any], tags: Mapping[str, str]) -> ObservedFunction:
    busy = configuration.get("LastUpdateStatus") == "InProgress"
    return ObservedFunction(
        name=configuration["FunctionName"],
        arn=configuration["FunctionArn"],
        code=configuration.get("CodeSha256", ""),
        # Functions from before 2020 have no State.
        state="Pending" if busy else configuration.get("State", "Active"),
        reason=configuration.get("StateReason", ""),
        tags=tuple(sorted(tags.items())),
    )
