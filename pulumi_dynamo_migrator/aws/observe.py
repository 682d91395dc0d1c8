"""Quick facts for plans that belong to no one service: where we are. Changes nothing."""

from __future__ import annotations

from pulumi_dynamo_migrator.aws.policies import Place
from pulumi_dynamo_migrator.aws.session import Session


def place(session: Session) -> Place:
    """Partition, region and account of the credentials in use (one call to STS, once)."""
    return Place(partition=session.partition, region=session.region, account=session.account())
