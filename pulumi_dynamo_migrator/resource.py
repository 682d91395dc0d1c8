"""`MigratedTable`, `Conversion` and `Migration`: what a program writes. Runs in the user's program, never calls AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from pulumi_dynamo_migrator.aws_provider import provider_arguments
from pulumi_dynamo_migrator.bags.shapes import ARGUMENTS, normalise
from pulumi_dynamo_migrator.conversion.capture import capture
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.provider import MigratedTableProvider

TYPE = "pulumi-python:dynamic/dynamo:MigratedTable"
"""The type token: in users' state files, so it never changes."""

OUTPUTS = (
    "arn",
    "stream_arn",
    "stream_arns",
    "version",
    "phase",
    "tables",
    "history",
    "error",
    "conflicts",
    "failed_items",
    "plan",
)

_hook_numbers: dict[str, count[int]] = {}


class Conversion:
    """A numbered change of item shape: `function` takes an item and gives an item, a list of items, or None.

    The item is a dict of plain values (str, int or Decimal, bytes, bool, None, list, dict, set) whose attributes can
    also be read as `item.id`. Numbers start at 2 and grow; the list is append-only, and an applied conversion never
    changes.

    Args:
        number: The conversion's number; a successor made for it is called `{base}_V{number}` where that number is free.
        function: Shipped as source (itself and what it names), for the backfill and for the replicator alike. Only the
            standard library can be imported.
        reverse: Its inverse, kept for going back.
        distinct_keys: The promise that no two items ever share a target key, not even one after the other. Needed where
            the new key does not hold the old one; without it such a migration is copied and verified, then held.
    """

    def __init__(
        self,
        number: int,
        function: Callable[[Any], Any],
        reverse: Callable[[Any], Any] | None = None,
        *,
        distinct_keys: bool = False,
    ) -> None:
        self.number = number
        self.function = function
        self.reverse = reverse
        self.distinct_keys = distinct_keys

    def as_property(self) -> dict[str, Any]:
        """The conversion as Pulumi keeps it; a function that cannot be shipped is a `problem`, told by the check."""
        try:
            return {
                "number": self.number,
                "source": capture(self.function).to_json(),
                "reverse": None if self.reverse is None else capture(self.reverse).to_json(),
                "distinct_keys": self.distinct_keys,
            }
        except MigratorError as error:
            return {"number": self.number, "problem": f"conversion {self.number} cannot be shipped: {error}"}


@dataclass(frozen=True, slots=True)
class Migration:
    """How a migration is carried out, never what it does.

    Attributes:
        verify: "check" stops at a mismatch, "repair" mends it (conditionally) and looks again.
        on_item_error: "stop" ends the `up` at an item that cannot be moved, with its key; "skip" keeps it in the
            ledger.
        segments: Parallel scan segments; by default by size.
        workers: Requests in flight at a time.
        max_write_units: Write capacity units per second that the backfill may use.
        max_read_units: Read capacity units per second that backfill and verification may use.
        function_timeout: Seconds that one replicator invocation may take (1 to 900); the hand-over waits this long
            once.
        accept_failed_items: With on_item_error="skip": the successor may be served although items are left in the
            ledger.
        wait_for: Seconds after which one `up` stops at a checkpoint; the next one goes on.
        role: Name of an existing IAM role for the replicator, for accounts that forbid CreateRole.
        permissions_boundary: ARN of a policy that bounds the role we make.
    """

    verify: str | None = None
    on_item_error: str | None = None
    segments: int | None = None
    workers: int | None = None
    max_write_units: int | None = None
    max_read_units: int | None = None
    function_timeout: int | None = None
    accept_failed_items: bool | None = None
    wait_for: float | None = None
    role: str | None = None
    permissions_boundary: str | None = None


class MigratedTable(Resource, module="dynamo", name="MigratedTable"):
    """A DynamoDB table whose keys, key types, local indexes and item shape can change without losing it.

    The arguments have the names and meaning of `aws.dynamodb.Table`; pulumi_aws's args objects are taken wherever a
    dict is. Of its own are `conversions` (a list of `Conversion`), `adopt` (name of an existing table that becomes
    version 1; or an `aws.dynamodb.Table`) and `migration` (a `Migration`).

    Outputs: `name`, `arn`, `stream_arn`, `hash_key`, `range_key` of the served version; `version`; `phase` (ready,
    held, failed, migrating, lost); `tables` (version → table name); `stream_arns` (version → stream ARN); `history`;
    `conflicts` and `failed_items` (counts; the images are in the ledger).
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    stream_arn: pulumi.Output[str | None]
    stream_arns: pulumi.Output[Mapping[str, str]]
    hash_key: pulumi.Output[str]
    range_key: pulumi.Output[str | None]
    version: pulumi.Output[int]
    phase: pulumi.Output[str]
    tables: pulumi.Output[Mapping[str, str]]
    history: pulumi.Output[Sequence[Mapping[str, Any]]]
    error: pulumi.Output[str | None]
    conflicts: pulumi.Output[int]
    failed_items: pulumi.Output[int]

    def __init__(self, resource_name: str, *, opts: pulumi.ResourceOptions | None = None, **arguments: Any) -> None:
        opts = opts or pulumi.ResourceOptions()
        known = {key: value for key, value in arguments.items() if key in ARGUMENTS}
        props: dict[str, Any] = dict.fromkeys((*ARGUMENTS, *OUTPUTS))
        props.update(_bag(known))
        props["__unknown"] = sorted(arguments.keys() - known.keys()) or None
        props["__adopts_resource"] = isinstance(arguments.get("adopt"), pulumi.Resource) or None
        props["__urn"] = _urn(resource_name, opts)
        props["__aws"] = provider_arguments(opts)
        props["_dry"] = pulumi.runtime.is_dry_run()
        super().__init__(MigratedTableProvider(), resource_name, props, _with_hook(opts, resource_name))


def _bag(arguments: Mapping[str, Any]) -> dict[str, Any]:
    bag = normalise({name: _plain(value) for name, value in arguments.items()})
    if isinstance(bag.get("conversions"), list | tuple):
        bag["conversions"] = [one.as_property() if isinstance(one, Conversion) else one for one in bag["conversions"]]
    if isinstance(bag.get("migration"), Migration):
        bag["migration"] = {key: value for key, value in asdict(bag["migration"]).items() if value is not None}
    adopt = bag.get("adopt")
    if isinstance(adopt, pulumi.Resource):
        bag["adopt"] = adopt.name  # type: ignore[attr-defined]
    return bag


def _plain(value: Any) -> Any:
    """pulumi_aws's args objects as dicts in snake_case, at every depth; Outputs stay, the check normalises again."""
    if pulumi.Output.is_instance(value) if hasattr(pulumi.Output, "is_instance") else isinstance(value, pulumi.Output):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if type(value).__name__.endswith("Args") and hasattr(value, "__dict__"):
        return {key: _plain(one) for key, one in vars(value).items() if one is not None}
    return value


def _urn(name: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The engine's own name for the resource. The dependency on the parent is stripped: it would be a circle."""
    urn = pulumi.create_urn(name, TYPE, opts.parent) if opts.parent is not None else pulumi.create_urn(name, TYPE)
    return pulumi.Output.from_input(urn.future())  # type: ignore[arg-type]


def _with_hook(opts: pulumi.ResourceOptions, name: str) -> pulumi.ResourceOptions:
    """An expected stop ends the `up` in an after hook: a clean text, exit code 1, state saved, dependants not run."""
    number = next(_hook_numbers.setdefault(name, count(1)))
    hook = pulumi.ResourceHook(f"{name}: migration" if number == 1 else f"{name}: migration ({number})", _fail_on_error)
    binding = pulumi.ResourceHookBinding(after_create=[hook], after_update=[hook])
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=binding))


def _fail_on_error(args: pulumi.ResourceHookArgs) -> None:
    outputs = args.new_outputs or {}
    if outputs.get("phase") == "failed":
        raise pulumi.RunError(str(outputs.get("error") or "the migration stopped"))
