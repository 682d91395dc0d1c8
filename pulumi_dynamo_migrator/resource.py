"""`MigratedTable`, `Conversion`, `Migration` and `Retire`: what a program writes. Runs there, and never calls AWS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import count
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from pulumi_dynamo_migrator.aws_provider import provider_arguments
from pulumi_dynamo_migrator.bags.shapes import ARGUMENTS, normalise
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.limits import DAY
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
    "hold",
    "conflicts",
    "failed_items",
    "plan",
    "steps",
    "pending",
)

Bag = Mapping[str, Any]
After = Callable[[Bag, Bag, Bag], Awaitable[list[str]]]
"""Called when a create or an update has been saved, with its inputs and with new and old outputs; gives complaints."""

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
        from pulumi_dynamo_migrator.conversion.capture import capture

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
        processes: Processes that copy, 1 to 64; the requests in flight and the limits are theirs together.
        max_write_units: Write capacity units per second that the backfill may use.
        max_read_units: Read capacity units per second that backfill and verification may use.
        function_timeout: Seconds that one replicator invocation may take (1 to 900); the hand-over waits this long
            twice, a minute each time at least.
        accept_failed_items: With on_item_error="skip": the successor may be served although items are left in the
            ledger.
        wait_for: Seconds after which one `up` stops at a checkpoint; the next one goes on.
        copy_within: Seconds in which all is to be copied: the new table is given the write units that this takes.
        role: Name of an existing IAM role for the replicator, for accounts that forbid CreateRole.
        permissions_boundary: ARN of a policy that bounds the role we make.
        fence: Cut over by denying writes to the old table, letting what is on its way arrive, comparing, and moving: no
            conflicts are possible, writers stand still meanwhile, and changes under which items may meet are served.
        accept_loss: With `serve=` of an older version: go back although what was written since is left behind, in the
            newer table.
    """

    verify: str | None = None
    on_item_error: str | None = None
    segments: int | None = None
    workers: int | None = None
    processes: int | None = None
    max_write_units: int | None = None
    max_read_units: int | None = None
    function_timeout: int | None = None
    accept_failed_items: bool | None = None
    wait_for: float | None = None
    copy_within: float | None = None
    role: str | None = None
    permissions_boundary: str | None = None
    fence: bool | None = None
    accept_loss: bool | None = None


@dataclass(frozen=True, slots=True)
class Retire:
    """An old version to end, in `retire=[...]`; a number or a table's name alone is one with all the defaults.

    Attributes:
        version: Its number; or
        table: its table's name.
        evidence: Seconds in which nothing must have been written to it before it may go; a day.
        backup: Whether a backup is made before it is deleted.
        accept_conflicts: It goes although changes to it are kept in the ledger that were not applied to its successor,
            or were lost in a gap.
    """

    version: int | None = None
    table: str | None = None
    evidence: float = DAY
    backup: bool = True
    accept_conflicts: bool = False


class MigratedTable(Resource, module="dynamo", name="MigratedTable"):
    """A DynamoDB table whose keys, key types, local indexes and item shape can change without losing it.

    The arguments have the names and meaning of `aws.dynamodb.Table`; pulumi_aws's args objects are taken wherever a
    dict is. Of its own are `conversions` (a list of `Conversion`), `adopt` (name of an existing table that becomes
    version 1; or an `aws.dynamodb.Table`), `migration` (a `Migration`), and

    - `serve`: the number of the version that is served. Below the newest one it holds the cut-over: the successor is
      filled, kept in step and compared, and not served; after the cut-over it goes back, where nothing is lost by it or
      `Migration(accept_loss=True)` says so.
    - `retire`: the old versions to end: numbers, names of tables, or `Retire(...)`, oldest first. One that may not end
      yet (its writers are not quiet, it was served a moment ago) is `pending`, which is no failure.
    - `script`: set by `Migrator`, and by nobody else.

    Outputs: `name`, `arn`, `stream_arn`, `hash_key`, `range_key` of the served version; `version`; `phase` (ready,
    held, failed, migrating, lost), with `error` or `hold` that says why; `tables` (version → table name); `stream_arns`
    (version → stream ARN); `history`; `conflicts` and `failed_items` (counts; the images are in the ledger); `steps`
    (the script's applied steps: version, operation, table, at, where, by); `pending` (versions that are asked to end
    and may not yet: version, table, why, not_before).
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
    hold: pulumi.Output[str | None]
    conflicts: pulumi.Output[int]
    failed_items: pulumi.Output[int]
    steps: pulumi.Output[Sequence[Mapping[str, Any]]]
    pending: pulumi.Output[Sequence[Mapping[str, Any]]]

    def __init__(
        self,
        resource_name: str,
        *,
        opts: pulumi.ResourceOptions | None = None,
        _after: After | None = None,
        **arguments: Any,
    ) -> None:
        opts = opts or pulumi.ResourceOptions()
        known = {key: value for key, value in arguments.items() if key in ARGUMENTS}
        props: dict[str, Any] = dict.fromkeys((*ARGUMENTS, *OUTPUTS))
        props.update(_bag(known))
        props["__unknown"] = sorted(arguments.keys() - known.keys()) or None
        props["__adopts_resource"] = isinstance(arguments.get("adopt"), pulumi.Resource) or None
        props["__urn"] = _urn(resource_name, opts)
        props["__aws"] = provider_arguments(opts)
        props["_dry"] = pulumi.runtime.is_dry_run()
        self._hook = _hook(resource_name, after=_after)
        super().__init__(MigratedTableProvider(), resource_name, props, _with_hook(opts, self._hook))

    async def hooked(self) -> None:
        """Wait until the engine knows the resource's hook."""
        await self._hook._registered  # noqa: SLF001 - Pulumi shows it nowhere else


def _bag(arguments: Mapping[str, Any]) -> dict[str, Any]:
    bag = normalise({name: _plain(value) for name, value in arguments.items()})
    if isinstance(bag.get("conversions"), list | tuple):
        bag["conversions"] = [one.as_property() if isinstance(one, Conversion) else one for one in bag["conversions"]]
    if isinstance(bag.get("migration"), Migration):
        bag["migration"] = _set_fields(bag["migration"])
    if isinstance(bag.get("retire"), list | tuple):
        bag["retire"] = [_set_fields(one) if isinstance(one, Retire) else one for one in bag["retire"]]
    adopt = bag.get("adopt")
    if isinstance(adopt, pulumi.Resource):
        bag["adopt"] = adopt.name  # type: ignore[attr-defined]
    return bag


def _set_fields(value: Migration | Retire) -> dict[str, Any]:
    given = {one.name: getattr(value, one.name) for one in fields(value)}
    return {name: one for name, one in given.items() if one is not None}


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


def _hook(name: str, *, after: After | None) -> pulumi.ResourceHook:
    number = next(_hook_numbers.setdefault(name, count(1)))
    return pulumi.ResourceHook(f"{name}: migration" if number == 1 else f"{name}: migration ({number})", _ended(after))


def _with_hook(opts: pulumi.ResourceOptions, hook: pulumi.ResourceHook) -> pulumi.ResourceOptions:
    """An expected stop ends the `up` in an after hook: a clean text, exit code 1, state saved, dependants not run."""
    binding = pulumi.ResourceHookBinding(after_create=[hook], after_update=[hook])
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=binding))


def _ended(after: After | None) -> Callable[[pulumi.ResourceHookArgs], Awaitable[None]]:
    """What is done when an `up` has been saved: callbacks first, and then every reason why it has failed, together."""

    async def ended(args: pulumi.ResourceHookArgs) -> None:
        inputs, new, old = [await _revealed(bag) for bag in (args.new_inputs, args.new_outputs, args.old_outputs)]
        complaints = [] if after is None else await after(inputs, new, old)
        if new.get("phase") == "failed":
            complaints.append(str(new.get("error") or "the migration stopped"))
        if complaints:
            raise pulumi.RunError("\n".join(complaints))

    return ended


async def _revealed(bag: Bag | None) -> dict[str, Any]:
    """The bag in clear: a hook is given secrets as Outputs."""
    return {
        name: await value.future() if isinstance(value, pulumi.Output) else value for name, value in (bag or {}).items()
    }
