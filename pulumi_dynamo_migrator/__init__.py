"""Change the keys, key types, local indexes and item shape of a live DynamoDB table, with `pulumi up`."""

from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.resource import Conversion, MigratedTable, Migration, Retire
from pulumi_dynamo_migrator.script import Migrator

__all__ = ["Conversion", "MigratedTable", "Migration", "Migrator", "MigratorError", "Retire"]
