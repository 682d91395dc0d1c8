"""The control table: what is known of every MigratedTable, who may work on it, and each migration's own partition.

It is the truth; Pulumi state is its last printed copy. Nothing here decides what to do.
What is named here is loaded when it is used: a preview that finds nothing changed reads one entry, and needs no more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_dynamo_migrator.aws.ledger.closing import ClosingError, OutOfTimeError
    from pulumi_dynamo_migrator.aws.ledger.copying import CopyLedger
    from pulumi_dynamo_migrator.aws.ledger.door import Ledger, LedgerConflictError
    from pulumi_dynamo_migrator.aws.ledger.lease import LeaseHeldError, LeaseLostError
    from pulumi_dynamo_migrator.aws.ledger.lease_row import Lease, StopRequest
    from pulumi_dynamo_migrator.aws.ledger.partition import (
        Conflict,
        Counters,
        FailedItem,
        FailingBatch,
        MigrationLedger,
        WordState,
    )

__all__ = [
    "ClosingError",
    "Conflict",
    "CopyLedger",
    "Counters",
    "FailedItem",
    "FailingBatch",
    "Lease",
    "LeaseHeldError",
    "LeaseLostError",
    "Ledger",
    "LedgerConflictError",
    "MigrationLedger",
    "OutOfTimeError",
    "StopRequest",
    "WordState",
]

_MODULES = {
    "closing": ("ClosingError", "OutOfTimeError"),
    "copying": ("CopyLedger",),
    "door": ("Ledger", "LedgerConflictError"),
    "lease": ("LeaseHeldError", "LeaseLostError"),
    "lease_row": ("Lease", "StopRequest"),
    "partition": ("Conflict", "Counters", "FailedItem", "FailingBatch", "MigrationLedger", "WordState"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
