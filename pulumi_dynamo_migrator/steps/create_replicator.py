"""Make the replicator: role, function, mapping from the beginning of the stream.

Its word is `open` before it exists.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.model.names import CONTROL_TABLE
from pulumi_dynamo_migrator.model.phase import Stage
from pulumi_dynamo_migrator.replicate.config import OnItemError, ReplicatorConfig
from pulumi_dynamo_migrator.replicate.word import Word
from pulumi_dynamo_migrator.steps.own import expect
from pulumi_dynamo_migrator.steps.replicator import connect_replicator, remove_replicator
from pulumi_dynamo_migrator.steps.stamp import time_of
from pulumi_dynamo_migrator.steps.step import Site


@dataclass(frozen=True, slots=True)
class CreateReplicator:
    """Feed `target` from `source`'s stream through the function `function`."""

    function: str
    source: str
    target: str

    def describe(self) -> str:
        """One line for the preview."""
        return f"make the replicator {self.function}: every write to {self.source} goes to {self.target} as well"

    def apply(self, site: Site) -> None:
        """Word, role, function, mapping; each where it is not there yet. Then the copy may begin."""
        migration = site.migration
        site.partition.begin_words(Word.OPEN)
        mapping = connect_replicator(site, replicator_config(site))
        site.record_migration(stage=Stage.COPYING, objects=replace(migration.objects, mapping=mapping))

    def undo(self, site: Site) -> None:
        """Mapping gone, no invocation left, then function and role, and all that the ledger kept of them."""
        remove_replicator(site, site.migration)


def replicator_config(site: Site) -> ReplicatorConfig:
    """What the function is told, from the ledger alone."""
    migration = site.migration
    source, target = expect(site, migration.source), site.entry.version(migration.target)
    chain = Chain.from_json(json.loads(migration.chain))
    ttl = site.doors.tables.ttl(source.name)
    return ReplicatorConfig(
        migration_id=migration.id,
        ledger_table=CONTROL_TABLE,
        source_table=source.name,
        source_keys=chain.source_keys,
        target_table=target.table,
        target=chain.target,
        chain=chain,
        meeting=migration.meeting,
        ttl_attribute=ttl.attribute if ttl.enabled else None,
        function_timeout=migration.function_timeout,
        outcome=site.timing.outcome,
        on_item_error=OnItemError(site.spec.options.on_item_error),
        view=migration.view,
        since=time_of(migration.started_at),
    )
