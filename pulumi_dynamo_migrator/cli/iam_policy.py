"""`iam-policy`: print what whoever runs `pulumi up` must be allowed. Asks AWS nothing, and changes nothing.

For one table: `iam-policy --account 123456789012 --region eu-west-1 --table orders`.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from pulumi_dynamo_migrator.aws.operator_policy import Operator, operator_policy
from pulumi_dynamo_migrator.aws.policies import Place
from pulumi_dynamo_migrator.cli.command import Exit

NAME = "iam-policy"
HELP = "print the IAM policy that whoever runs `pulumi up` needs"
LONGEST = 6144
"""Characters of a customer managed policy, white space not counted (IAM and STS quotas)."""


def add_arguments(parser: ArgumentParser) -> None:
    """Say what may follow the command's name."""
    parser.add_argument("--account", default="*", help="12 digits (default: any)")
    parser.add_argument("--region", default="*", help="say eu-west-1 (default: any)")
    parser.add_argument("--partition", default="*", help="aws, aws-cn, aws-us-gov (default: any)")
    parser.add_argument(
        "--table", action="append", metavar="BASE", help="base name of a table, may hold * (repeatable; default: any)"
    )
    parser.add_argument(
        "--no-fence", action="store_true", help="without fenced cut-overs, going back and retiring old versions"
    )
    parser.add_argument("--script", action="store_true", help="the program is a migration script")
    parser.add_argument(
        "--older-library", action="store_true", help="what dynamodb-migrator made may be removed (implies --script)"
    )
    parser.add_argument("--role", metavar="NAME", help="the replicator's role, where Migration(role=...) names one")
    parser.add_argument(
        "--permissions-boundary", metavar="ARN", help="make roles with this boundary only: Migration's argument"
    )
    parser.add_argument("--kms-key", action="append", metavar="ARN", help="a key of the tables' own (repeatable)")


def run(told: Namespace) -> int:
    """Print the policy."""
    who = Operator(
        place=Place(told.partition, told.region, told.account),
        tables=tuple(told.table or ["*"]),
        fences=not told.no_fence,
        script=told.script,
        older_library=told.older_library,
        role=told.role,
        permissions_boundary=told.permissions_boundary,
        kms_keys=tuple(told.kms_key or ()),
    )
    text = operator_policy(who)
    print(text)
    if (size := len("".join(text.split()))) > LONGEST:
        print(
            f"note: {size:,} characters; a customer managed policy holds {LONGEST:,}. "
            "Print one policy for each table, or give a name with * that means several.",
            file=sys.stderr,
        )
    return Exit.DONE
