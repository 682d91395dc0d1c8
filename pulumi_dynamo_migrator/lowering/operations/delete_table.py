"""`delete_table`: the end of an old version. It changes nothing of the table that is described."""

from __future__ import annotations

from dataclasses import replace

from pulumi_dynamo_migrator.lowering.description import Description
from pulumi_dynamo_migrator.lowering.given import Given, Tell, of_ours
from pulumi_dynamo_migrator.lowering.step import Step, Teller
from pulumi_dynamo_migrator.model.names import version_table
from pulumi_dynamo_migrator.model.spec import Retire

DEFAULT = Retire()


def apply(step: Step, before: Description, tell: Teller) -> Description:
    """With one more version to retire.

    Any earlier version's table may be named, also one that changed its table in place: the older library made a table
    for every version. Whether there is one is for the plan to say.
    """
    given = of_ours(step, tell).only("table", "evidence", "backup", "accept_conflicts")
    table = given.needed("table")
    _tell_of_name(table, before, tell)
    backup, accept = given.switch("backup"), given.switch("accept_conflicts")
    one = Retire(
        table=table,
        evidence=_evidence(given, tell),
        backup=DEFAULT.backup if backup is None else backup,
        accept_conflicts=bool(accept),
        step=step.version,
    )
    return replace(before, retire=(*before.retire, one))


def _tell_of_name(table: str | None, before: Description, tell: Tell) -> None:
    if table is None or not before.name:
        return  # told already
    if table == before.newest_table:
        tell(f"{table!r} is the newest table of the script, the one to be served: name an older one, or take this out.")
        return
    if table not in [version_table(before.name, number) for number in (1, *before.versions)]:
        names = ", ".join(repr(version_table(before.name, number)) for number in before.tables[:-1]) or "none"
        tell(f"{table!r} is no table of this script; its older tables are: {names}; name one of them.")
    for other in before.retire:
        if other.table == table:
            tell(f"{table!r} is deleted by version {other.step} already: take one of the two out.")


def _evidence(given: Given, tell: Tell) -> float:
    value = given.keywords.get("evidence", DEFAULT.evidence)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        tell(f"evidence is a number of seconds, 0 or more; it is {value!r}.")
        return DEFAULT.evidence
    return value
