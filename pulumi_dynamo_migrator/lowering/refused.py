"""Keywords of AWS's that a script may not use: what they make does not survive a migration."""

from __future__ import annotations

from pulumi_dynamo_migrator.lowering.given import Given, Tell

_GLOBAL = "global tables are not migrated"
_VECTOR = "vector indexes are not migrated"
REFUSED = {
    "ReplicaUpdates": _GLOBAL,
    "MultiRegionConsistency": _GLOBAL,
    "GlobalTableWitnessUpdates": _GLOBAL,
    "GlobalTableSettingsReplicationMode": _GLOBAL,
    "GlobalTableSourceArn": _GLOBAL,
    "VectorIndexes": _VECTOR,
    "VectorIndexUpdates": _VECTOR,
}


def tell_refused(given: Given, tell: Tell) -> None:
    """Tell of each that is there."""
    for name in given.keywords:
        if name in REFUSED:
            tell(f"{name} is not possible here: {REFUSED[name]}; leave it out.")
