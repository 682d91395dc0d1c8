"""What the older library (`dynamodb-migrator` on PyPI, up to 0.0.8) left behind: read, never changed.

Its table `dynamodb_migrator_metadata` holds one item per script. Each version is a map under its number, with what it
made in string sets: `tables` (names), `policies`, `roles`, `functions` (ARNs), `mappings` (UUIDs). A set that became
empty is not there, as DynamoDB has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_dynamo_migrator.aws.faults import Fault, asking, unless

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

METADATA = "dynamodb_migrator_metadata"


@dataclass(frozen=True, slots=True)
class OlderVersion:
    """One version as it was applied. `table` is None where it found its table already there.

    `functions`, `mappings`, `roles` and `policies` copy the version before it into its table. Functions and roles are
    names, mappings are UUIDs, and policies are ARNs: a customer managed policy is deleted by its ARN.
    """

    number: int
    table: str | None
    functions: tuple[str, ...] = ()
    mappings: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OlderScript:
    """What one script applied, oldest first."""

    versions: tuple[OlderVersion, ...]


class OlderLibrary:
    """One door to the older library's notes. Safe to share between threads."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client

    def read(self, identifier: str) -> OlderScript | None:
        """What the script of this identifier applied; None where the library has no notes of it."""
        with unless(Fault.GONE), asking("dynamodb:GetItem", f"table {METADATA}"):
            answer = self._client.get_item(
                TableName=METADATA, Key={"identifier": {"S": identifier}}, ConsistentRead=True
            )
            return _script(answer["Item"]) if "Item" in answer else None
        return None


def _script(item: Mapping[str, Mapping[str, Any]]) -> OlderScript:
    versions = [_version(int(name), value["M"]) for name, value in item.items() if name.isdecimal() and "M" in value]
    return OlderScript(tuple(sorted(versions, key=lambda version: version.number)))


def _version(number: int, made: Mapping[str, Mapping[str, Any]]) -> OlderVersion:
    tables = _members(made, "tables")
    return OlderVersion(
        number=number,
        table=tables[0] if tables else None,
        functions=tuple(_function_name(arn) for arn in _members(made, "functions")),
        mappings=_members(made, "mappings"),
        roles=tuple(arn.rpartition("/")[2] for arn in _members(made, "roles")),
        policies=_members(made, "policies"),
    )


def _members(made: Mapping[str, Mapping[str, Any]], attribute: str) -> tuple[str, ...]:
    return tuple(sorted(made.get(attribute, {}).get("SS", ())))


def _function_name(arn: str) -> str:
    """`arn:aws:lambda:region:account:function:name` → name; a bare name stays."""
    return arn.rpartition(":function:")[2].partition(":")[0]
