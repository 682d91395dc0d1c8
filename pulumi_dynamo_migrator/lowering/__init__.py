"""A migration script's steps → the declarative arguments after each of them. Pure: knows no boto, no Pulumi, no AWS."""

from pulumi_dynamo_migrator.lowering.fingerprint import asked
from pulumi_dynamo_migrator.lowering.lower import Lowered, RawStep, lower

__all__ = ["Lowered", "RawStep", "asked", "lower"]
