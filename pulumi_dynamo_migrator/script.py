"""`Migrator`: a migration script, decorator after decorator. Runs in the user's program; judges nothing.

The script's resource is registered when the Migrator is made, and waits for its steps until the program has ended, so
that no script can be without a last line that carries it out. What is wrong with a script is told by the check, with
the other reasons against it, in the preview.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from traceback import format_exception
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor, get_root_resource

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.limits import DAY
from pulumi_dynamo_migrator.model.names import OLDER_IDENTIFIER
from pulumi_dynamo_migrator.provider import AWS_KEYS
from pulumi_dynamo_migrator.recording.callbacks import call_back
from pulumi_dynamo_migrator.recording.recorder import Convert, Decorator, Recorder, Step
from pulumi_dynamo_migrator.resource import Conversion, MigratedTable, Migration


class Migrator:
    """A migration script: numbered versions of one table, each a function under two decorators.

    ```python
    migrator = Migrator("customers")

    @migrator.version(1)
    @migrator.create(TableName="customers", AttributeDefinitions=[...], KeySchema=[...], BillingMode="PAY_PER_REQUEST")
    def v1(table): ...
    ```

    The functions are called once, in the `up` that applied their version, with DescribeTable's "Table" of the served
    table; under `convert` and `delete_table` with a function that gives the report of the step. `table` is the
    `MigratedTable` behind the script, for other resources of the program.

    Args:
        name: The resource's name; without it the identifier, and without both the project's name.
        identifier: What the older library knew the script by; without it the name, and without both its own default.
        opts: The resource's options.
        region: Of the table; otherwise the stack's.
        adopt: Name of an existing table that becomes version 1.
        serve: Pins the served version.
        migration: How it is carried out.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        identifier: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
        region: Any = None,
        adopt: Any = None,
        serve: int | None = None,
        migration: Migration | None = None,
    ) -> None:
        resource = name or identifier or pulumi.get_project()
        self._identifier = identifier or name or OLDER_IDENTIFIER
        self._recorder = Recorder(resource)
        self._callbacks: dict[int, Step] = {}
        self._script: asyncio.Future[dict[str, Any]] = asyncio.Future()
        self._leaving: asyncio.Task[None] | None = None  # kept: the event loop alone would let it go
        beside = {"region": region, "adopt": adopt, "serve": serve, "migration": migration}
        given = {key: value for key, value in beside.items() if value is not None}
        _when_the_program_ends(self._end)
        self.table = MigratedTable(resource, opts=opts, script=self._script, _after=self._call_back, **given)

    def version(self, number: Any) -> Decorator:
        """Number the step; versions are 1, 2, 3 and so on."""
        return self._recorder.version(number)

    def create(self, **keywords: Any) -> Decorator:
        """Make the table: boto3's keywords of CreateTable, as they are."""
        return self._operation("create", keywords)

    def add_index(self, **keywords: Any) -> Decorator:
        """Add indexes: AttributeDefinitions, LocalSecondaryIndexes, GlobalSecondaryIndexes."""
        return self._operation("add_index", keywords)

    def add_indexes(self, **keywords: Any) -> Decorator:
        """Do what `add_index` does."""
        return self._operation("add_indexes", keywords)

    def remove_index(self, *names: Any) -> Decorator:
        """Remove indexes by their names."""
        return self._operation("remove_index", {"names": names})

    def remove_indexes(self, *names: Any) -> Decorator:
        """Do what `remove_index` does."""
        return self._operation("remove_index", {"names": names})

    def change_key(
        self, *, convert: Any = None, reverse: Any = None, distinct_keys: bool = False, **keywords: Any
    ) -> Decorator:
        """Give the table another key: KeySchema, AttributeDefinitions; and its items, where they lack it."""
        conversion = None if convert is None else Convert(convert, reverse, distinct_keys)
        return self._operation("change_key", keywords, conversion)

    def update(self, **keywords: Any) -> Decorator:
        """Change settings: boto3's keywords of UpdateTable."""
        return self._operation("update", keywords)

    def convert(self, function: Any = None, *, reverse: Any = None, distinct_keys: bool = False) -> Decorator:
        """Change every item: a function from an item to an item, to a list of items, or to None."""
        return self._operation("convert", {}, Convert(function, reverse, distinct_keys))

    def delete_table(
        self, table: Any = None, *, backup: bool = True, evidence: float = DAY, accept_conflicts: bool = False
    ) -> Decorator:
        """End an old version by its table's name: fenced, drained, backed up, deleted.

        Args:
            table: The name of the table.
            backup: Whether a backup is made first.
            evidence: Seconds in which nothing must have been written to it.
            accept_conflicts: It goes although changes to it are kept that were not applied, or were lost in a gap.
        """
        how = {"backup": backup, "evidence": evidence, "accept_conflicts": accept_conflicts}
        return self._operation("delete_table", {"table": table, **how})

    def migrate(self) -> None:
        """Do nothing: the script is carried out by `pulumi up`. Early releases of the older library ended with it."""

    def _operation(self, name: str, arguments: Mapping[str, Any], convert: Convert | None = None) -> Decorator:
        return self._recorder.operation(name, _copied(arguments), convert)

    def _end(self, raised: BaseException | None) -> None:
        """The program's body is over. Half a script would look like one that was taken back: then there is none."""
        try:
            steps = self._recorder.end()
            if raised is None:
                self._callbacks = {one.version: one for one in steps if isinstance(one.version, int)}
                told = {"identifier": self._identifier, "steps": [_as_property(one) for one in steps]}
                self._script.set_result(told)
        except Exception as error:  # noqa: BLE001 - the resource fails with it; the stack's outputs go their way
            raised = error
        if raised is not None:
            self._leaving = asyncio.ensure_future(self._leave(raised))

    async def _leave(self, raised: BaseException) -> None:
        """Fail with what the body raised; not before the hook is known, or Pulumi's hook server dies being born."""
        with suppress(Exception):  # a hook that cannot be registered is told by the resource
            await self.table.hooked()
        self._script.set_exception(_as_shown(raised, self._identifier))

    async def _call_back(self, inputs: Mapping[str, Any], new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
        def describe(table: str) -> dict[str, Any]:
            from pulumi_dynamo_migrator.lifecycle.describe import described  # noqa: PLC0415 - boto3, where it is needed

            return described(table, inputs, configuration=_aws_configuration())

        return await call_back(self._callbacks, new, old, describe=describe)


def _as_property(step: Step) -> dict[str, Any]:
    """A step as the check reads it."""
    found: dict[str, Any] = {
        "version": step.version,
        "operation": step.operation or "version",
        "arguments": dict(step.arguments),
        "where": step.where,
        "callback": None if step.callback is None else getattr(step.callback, "__name__", None),
    }
    if step.convert is not None:
        given = step.convert
        found["conversion"] = Conversion(
            step.version, given.function, given.reverse, distinct_keys=given.distinct_keys
        ).as_property()
    return found


def _copied(value: Any) -> Any:
    """An argument as it is at this moment; what boto3 could not send is kept as a text, and refused by its model."""
    if isinstance(value, Enum):
        return _copied(value.value)
    if value is None or isinstance(value, str | int | float | pulumi.Output | pulumi.Resource):
        return value
    if isinstance(value, Mapping):
        return {str(key): _copied(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(one) for one in value]
    return value if inspect.isawaitable(value) else repr(value)


def _as_shown(raised: BaseException, identifier: str) -> Exception:
    """What the body raised, as Pulumi is to show it: its own traceback, and no word of the resource that waited.

    Pulumi puts "While processing resource" before a ValueError, loses causes, and asyncio lets a SystemExit through
    everything: so it is another class of the same name.
    """
    if isinstance(raised, pulumi.RunError):
        return raised
    if not isinstance(raised, Exception):
        return pulumi.RunError(
            f"the program was left before its end ({type(raised).__name__}): nothing of the script {identifier} is done"
        )
    kind = type(type(raised).__name__, (Exception,), {"__module__": type(raised).__module__})
    shown: Exception = kind(str(raised))
    cause = raised.__cause__ or (None if raised.__suppress_context__ else raised.__context__)
    notes = [*getattr(raised, "__notes__", ()), *([] if cause is None else ["caused by:", *format_exception(cause)])]
    for note in notes:
        shown.add_note(note.rstrip("\n"))
    return shown.with_traceback(raised.__traceback__)


def _aws_configuration() -> dict[str, Any]:
    """The stack's `aws:*` configuration, as the provider gets it."""
    config = pulumi.Config("aws")
    return {f"aws:{key}": config.get(key) for key in AWS_KEYS}


def _when_the_program_ends(tell: Callable[[BaseException | None], None]) -> None:
    """Say when the program's body has ended, and what it raised, if it did.

    The root stack registers its outputs then, in a `finally` (an async `pulumi.run` included). Pulumi's mocks have no
    such stack: there the event loop says that the program has let go of it.
    """
    root: Any = get_root_resource()
    if root is None or isinstance(get_monitor(), MockMonitor):
        asyncio.Future().get_loop().call_soon(tell, None)
        return
    if getattr(root, "_outputs_registered", False):
        raise MigratorError(
            "A Migrator was made after the program had ended, and would wait for its steps for ever.",
            now="make it at the top level of the program, not in an apply.",
        )
    registered = root.register_outputs

    def register_outputs(outputs: Any) -> None:
        tell(sys.exc_info()[1])
        registered(outputs)

    root.register_outputs = register_outputs
