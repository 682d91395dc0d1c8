"""A resource policy of the source, on the successor: the same statements, with the new table's ARN in them.

Never replaces a policy that the successor has, and never carries a fence over.
"""

from __future__ import annotations

import json
import re

from pulumi_dynamo_migrator.aws.faults import DeniedError
from pulumi_dynamo_migrator.aws.fence_policy import without_fence
from pulumi_dynamo_migrator.model.history import MigrationRecord
from pulumi_dynamo_migrator.steps.step import Site


def carry_policy(site: Site, migration: MigrationRecord) -> None:
    """Put the source's policy onto the successor, where there is one and the successor has none."""
    source, target = site.entry.version(migration.source), site.entry.version(migration.target)
    if source.arn is None or target.arn is None:
        return
    try:
        seen = site.doors.policies.read(source.arn)
        text = None if seen is None else without_fence(seen.text)
        if text is None or site.doors.policies.read(target.arn) is not None:
            return
        site.doors.policies.write(target.arn, _led(text, source.arn, target.arn), revision=None)
        site.listener.note(f"the resource policy of {source.table} was put onto {target.table}")
    except DeniedError as error:
        site.listener.warn(f"a resource policy of {source.table} does not follow to {target.table}: {error.what}")


def policy_for(text: str | None, *, base: str, table: str) -> str | None:
    """A policy that was written for `base`, for the table that a script's end is made as (its ARN is not known yet)."""
    if text is None or not base or base == table:
        return text
    return re.sub(rf"(:table/){re.escape(base)}(?=[\"/])", rf"\g<1>{table}", text)


def _led(text: str, old: str, new: str) -> str:
    """The policy with the old table's ARN, and those below it, replaced."""

    def changed(value: object) -> object:
        if isinstance(value, str):
            return new + value[len(old) :] if value == old or value.startswith(f"{old}/") else value
        if isinstance(value, list):
            return [changed(one) for one in value]
        if isinstance(value, dict):
            return {key: changed(one) for key, one in value.items()}
        return value

    return json.dumps(changed(json.loads(text)))
