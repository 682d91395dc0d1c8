"""The replicator's AWS objects: role, function, mapping. Each is made under the name that the ledger holds already.

Taken down in the order that leaves no invocation behind: mapping gone, then a function time-out, then function and
role.
"""

from __future__ import annotations

import sys

from pulumi_dynamo_migrator.aws.faults import DeniedError
from pulumi_dynamo_migrator.aws.mappings import BATCH
from pulumi_dynamo_migrator.aws.observe import place
from pulumi_dynamo_migrator.aws.policies import replicator_policy
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Progress
from pulumi_dynamo_migrator.model.history import MigrationRecord
from pulumi_dynamo_migrator.model.names import CONTROL_TABLE, TAG_MIGRATION, TAG_TABLE
from pulumi_dynamo_migrator.replicate.bundle import HANDLER, bundle
from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig
from pulumi_dynamo_migrator.steps.own import expect
from pulumi_dynamo_migrator.steps.step import Site

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
"""Conversions run here and in Lambda: the same Python minor."""


def connect_replicator(site: Site, config: ReplicatorConfig) -> str:
    """Role, function and mapping, each where it is not there yet; the mapping's UUID once it is enabled."""
    objects, functions = site.migration.objects, site.doors.functions
    tags = {TAG_TABLE: site.entry.id, TAG_MIGRATION: site.migration.id}
    stream = objects.stream_arn or ""
    role = _role(site, config, stream, tags)
    site.listener.progress(Progress(f"making the function {objects.function}"))
    functions.create_function(
        objects.function,
        role,
        zipped=bundle(config),
        handler=HANDLER,
        timeout=site.migration.function_timeout,
        tags=tags,
        runtime=RUNTIME,
        clock=site.clock,
        timing=site.timing,
    )
    site.listener.progress(Progress("connecting the stream to the function"))
    mapping = functions.create_mapping(
        objects.function,
        stream,
        tags=tags,
        clock=site.clock,
        timing=site.timing,
        batch_size=batch_size(site.migration.function_timeout),
    )
    return functions.wait_enabled(mapping.uuid, clock=site.clock, timing=site.timing).uuid


def batch_size(timeout: int) -> int:
    """Records a batch: as many as go through one by one within the time-out, each in a transaction of up to 0.5 s.

    A batch that cannot be finished in time comes again for ever.
    """
    return max(10, min(BATCH, 5 * timeout))


def _role(site: Site, config: ReplicatorConfig, stream: str, tags: dict[str, str]) -> str:
    """Our role with the least that it needs; or the user's, as it is."""
    objects, roles = site.migration.objects, site.doors.roles
    if not objects.role_is_ours:
        seen = roles.describe(objects.role)
        if seen is None:
            raise MigratorError(f"There is no role {objects.role}.", now="correct Migration(role=…), or leave it out.")
        return seen.arn
    source, target = expect(site, site.migration.source), expect(site, site.migration.target)
    keys = [s.encryption.kms_key_arn for s in (source.settings, target.settings) if s.encryption is not None]
    policy = replicator_policy(
        place(site.doors.session),
        source=config.source_table,
        stream_arn=stream,
        target=config.target_table,
        ledger=CONTROL_TABLE,
        migration_id=config.migration_id,
        function=objects.function,
        kms_keys=[key for key in keys if key],
    )
    return roles.ensure(
        objects.role, policy=policy, tags=tags, permissions_boundary=site.spec.options.permissions_boundary
    )


def disconnect(site: Site, migration: MigrationRecord) -> float:
    """Take its mapping away; since when no invocation begins any more (monotonic seconds)."""
    functions = site.doors.functions
    uuid = migration.objects.mapping or _mapping(site, migration)
    if uuid is not None:
        site.listener.progress(Progress(f"disconnecting {migration.objects.function}"))
        functions.disable(uuid, clock=site.clock, timing=site.timing)
        functions.delete_mapping(uuid, clock=site.clock, timing=site.timing)
    return site.clock.monotonic()


def remove_replicator(
    site: Site, migration: MigrationRecord, *, stopped: bool = False, since: float | None = None
) -> None:
    """Take it down, whatever of it is there.

    What it holds unread is not applied any more. `stopped`: its word is `stop`, in force: an invocation that is still
    to come touches nothing, and is not waited for. `since`: when it was disconnected, where that is done already.
    """
    objects, functions = migration.objects, site.doors.functions
    begun = disconnect(site, migration) if since is None else since
    if functions.describe(objects.function) is not None:
        if not stopped:
            _wait_until_idle(site, migration, begun=begun)
        functions.delete_function(objects.function)
    _remove_log(site, objects.function)
    if objects.role_is_ours:
        site.doors.roles.delete(objects.role)


def _remove_log(site: Site, function: str) -> None:
    """Lambda made the log group, not we: where it may not be removed it stays, and that is said."""
    try:
        site.doors.logs.delete(function)
    except DeniedError as error:
        site.listener.warn(f"the log group of {function} stays: {error.what}")


def _mapping(site: Site, migration: MigrationRecord) -> str | None:
    """A mapping that was made, and the process ended before its UUID was recorded."""
    if migration.objects.stream_arn is None:
        return None
    seen = site.doors.functions.find_mapping(migration.objects.function, migration.objects.stream_arn)
    return None if seen is None else seen.uuid


def _wait_until_idle(site: Site, migration: MigrationRecord, *, begun: float) -> None:
    """With the mapping gone no invocation begins. The last one may not have registered yet: a whole time-out is waited,
    or a shorter while in which none is registered, when the timing says that this is sure."""
    partition = site.doors.ledger.migration(migration.id)
    while (waited := site.clock.monotonic() - begun) < migration.function_timeout:
        if waited >= site.timing.quiet and not partition.registrations():
            return
        site.guard()
        left = migration.function_timeout - waited
        site.listener.progress(Progress("waiting for the replicator's last invocation", left=left))
        site.clock.sleep(site.timing.poll)
