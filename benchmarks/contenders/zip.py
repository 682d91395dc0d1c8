"""Unpack the replicator's zip into a folder, as Lambda does: `python -m benchmarks.contenders.zip FOLDER`."""

from __future__ import annotations

import io
import sys
import zipfile

from benchmarks.contenders.ours import IDENTITY
from benchmarks.site import source, target
from pulumi_dynamo_migrator.replicate.bundle import bundle
from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig

CONFIG = ReplicatorConfig(
    migration_id="benchmark",
    ledger_table="ledger",
    source_table=source(1),
    source_keys=IDENTITY.source_keys,
    target_table=target(1),
    target=IDENTITY.target,
    chain=IDENTITY,
    meeting=IDENTITY.meeting,
)


def unpack(folder: str, config: ReplicatorConfig) -> None:
    """Lay the function out as Lambda does."""
    zipfile.ZipFile(io.BytesIO(bundle(config))).extractall(folder)


if __name__ == "__main__":
    unpack(sys.argv[1], CONFIG)
