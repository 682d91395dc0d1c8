"""Whose ledger is asked: boto3's usual chain, `--region` and `--profile` before it. Reads no Pulumi configuration."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from pulumi_dynamo_migrator.aws.config import AwsConfig
from pulumi_dynamo_migrator.aws.ledger import Ledger
from pulumi_dynamo_migrator.aws.session import NoAccessError, Session
from pulumi_dynamo_migrator.system import SystemClock, timing_from_environment


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger of one account and region."""

    ledger: Ledger
    region: str


def add_account_arguments(parser: ArgumentParser) -> None:
    """`--region` and `--profile`."""
    parser.add_argument("--region", help="the AWS region (else AWS_REGION, or the profile's)")
    parser.add_argument("--profile", help="the AWS profile (else AWS_PROFILE, or whatever boto3 finds)")


def open_books(told: Namespace) -> Books:
    """The ledger that the arguments lead to; nothing is asked yet."""
    clock, timing = SystemClock(), timing_from_environment()
    session = Session(AwsConfig(region=told.region, profile=told.profile), timing=timing)
    if not session.boto3.region_name:
        raise NoAccessError(
            "No AWS region is known.",
            now="give --region, or set AWS_REGION: the stack's own configuration is not read.",
        )
    session.check()
    return Books(Ledger(session.client("dynamodb"), clock=clock, timing=timing), session.region)
