"""The control table: what is known of every MigratedTable, who may work on it, and each migration's own partition.

It is the truth; Pulumi state is its last printed copy. Nothing here decides what to do.
"""

from pulumi_dynamo_migrator.aws.ledger.copying import CopyLedger
from pulumi_dynamo_migrator.aws.ledger.door import ClosingError, Ledger, LedgerConflictError
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
    "StopRequest",
    "WordState",
]
