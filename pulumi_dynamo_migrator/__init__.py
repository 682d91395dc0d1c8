"""Change the keys, key types, local indexes and item shape of a live DynamoDB table, with `pulumi up`."""

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.resource import Conversion, MigratedTable, Migration

__all__ = ["Conversion", "MigratedTable", "Migration", "MigratorError"]
