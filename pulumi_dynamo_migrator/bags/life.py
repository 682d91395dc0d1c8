"""What a bag says of a table's life: the version to serve, the versions to end, the script that asks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pulumi_dynamo_migrator.bags.reading import Bag, ProblemError, number, text, whole
from pulumi_dynamo_migrator.model.limits import DAY
from pulumi_dynamo_migrator.model.spec import Retire, Script, ScriptStep, Structure

if TYPE_CHECKING:
    from pulumi_dynamo_migrator.lowering.lower import Lowered

BESIDE_A_SCRIPT = ("adopt", "region", "serve", "migration", "tags", "script")
"""What may stand beside a script: where, how, which; everything else is the script's to say (tags: default tags)."""

_RETIRE = ("version", "table", "evidence", "backup", "accept_conflicts", "step")


def read_serve(bag: Bag) -> int | None:
    """`serve=`."""
    return None if bag.get("serve") is None else number(bag["serve"], "serve=")


def read_retire(bag: Bag) -> tuple[Retire, ...]:
    """`retire=`: numbers, table names, or dicts (what `Retire(...)` becomes)."""
    value = bag.get("retire")
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise ProblemError(f"retire= is a list of version numbers, table names or Retire(...); it is {value!r}.")
    return tuple(_retire(one) for one in value)


def _retire(one: Any) -> Retire:
    if isinstance(one, str):
        return Retire(table=one)
    if not isinstance(one, Mapping):
        return Retire(version=number(one, "retire="))
    strange = sorted(one.keys() - set(_RETIRE))
    if strange:
        raise ProblemError(f"retire=: unknown {', '.join(strange)}; it takes {', '.join(_RETIRE[:-1])}.")
    table, version = text(one, "table"), one.get("version")
    if (table is None) == (version is None):
        raise ProblemError("retire=: name the version by its number or by its table, one of the two.")
    evidence = one.get("evidence", DAY)
    if isinstance(evidence, bool) or not isinstance(evidence, int | float) or evidence < 0:
        raise ProblemError(f"retire=: evidence is a number of seconds, 0 or above; it is {evidence!r}.")
    return Retire(
        version=None if version is None else number(version, "retire="),
        table=table,
        evidence=float(evidence),
        backup=bool(one.get("backup", True)),
        accept_conflicts=bool(one.get("accept_conflicts", False)),
        step=whole(one.get("step")),
    )


def script_bag(raw: Bag, lowered: Lowered) -> dict[str, Any]:
    """The declarative bag that a script and what stands beside it come to."""
    beside = {name: raw[name] for name in BESIDE_A_SCRIPT if raw.get(name) is not None}
    hidden = {name: value for name, value in raw.items() if name.startswith("_")}
    described = lowered.bags[-1]
    tags = {**beside.pop("tags", {}), **(described.get("tags") or {})}
    return {**described, **beside, **hidden, **({"tags": tags} if tags else {})}


def read_script(lowered: Lowered, structure: Callable[[Bag], Structure]) -> Script:
    """The script's steps, each with the structure that it leads to."""
    ends = {int(one["step"]): str(one["table"]) for one in lowered.bags[-1].get("retire") or ()}
    steps = tuple(
        ScriptStep(step.version, step.operation, step.fingerprint, step.where, structure(bag), ends.get(step.version))
        for step, bag in zip(lowered.steps, lowered.bags, strict=True)
    )
    return Script(steps, lowered.number, lowered.identifier)
