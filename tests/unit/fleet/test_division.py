"""How one job is divided among processes, and what each of them is and is not given."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_dynamo_migrator.aws.lending import Loan
from pulumi_dynamo_migrator.aws.wire import Endpoint
from pulumi_dynamo_migrator.backfill.job import BackfillJob
from pulumi_dynamo_migrator.fleet.division import Outfit, setups, shares
from pulumi_dynamo_migrator.fleet.hand import environment
from pulumi_dynamo_migrator.fleet.lender import Lender
from pulumi_dynamo_migrator.fleet.messages import Keys, Lent
from pulumi_dynamo_migrator.model.timing import Timing
from tests.eventually import eventually
from tests.fakes.conversions import identity
from tests.fakes.copying import JumpingClock

KEYS = Keys("AKID", "secret")


def outfit(processes: int) -> Outfit:
    """So many, on an endpoint that nobody asks."""
    return Outfit(processes, Loan(Endpoint("http://127.0.0.1:1", "r"), lambda: KEYS), JumpingClock(), Timing(lease=9))


@given(total=st.integers(1, 200), parts=st.integers(1, 64))
def test_requests_in_flight_are_shared_evenly_and_nobody_is_left_without(total: int, parts: int) -> None:
    each = shares(total, parts)
    assert len(each) == parts
    assert max(each) - min(each) <= 1
    assert sum(each) == max(total, parts)
    assert min(each) >= 1


@given(
    processes=st.integers(1, 64),
    segments=st.integers(1, 256),
    reads=st.none() | st.floats(1, 10**6),
    writes=st.none() | st.floats(1, 10**6),
)
def test_limits_hold_for_all_of_them_together(
    processes: int, segments: int, reads: float | None, writes: float | None
) -> None:
    job = BackfillJob("old", "new", identity(), workers=8, max_read_units=reads, max_write_units=writes)
    told = setups(job, outfit(processes), keys=KEYS, segments=segments)
    assert len(told) == min(processes, segments)
    reading, writing = [one.max_read_units for one in told], [one.max_write_units for one in told]
    for limit, parts in ((reads, reading), (writes, writing)):
        assert (limit is None) == (parts == [None] * len(told))
        if limit is not None:
            assert sum(part or 0 for part in parts) == pytest.approx(limit)


def test_a_worker_knows_aws_from_its_parent_alone() -> None:
    ours = {"AWS_SECRET_ACCESS_KEY": "x", "PULUMI_CONFIG": "{}", "LANG": "C", "PYTHONPATH": "/old"}
    told = environment(ours)
    assert set(told) == {"LANG", "PYTHONPATH"}
    ended = subprocess.run(
        [sys.executable, "-P", "-c", "import pulumi_dynamo_migrator.fleet.worker"],
        env=told,
        cwd=os.sep,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr


def test_a_worker_is_small() -> None:
    """Neither boto3 nor Pulumi, which take a hundred megabytes: not by any road."""
    text = (
        "import sys, pulumi_dynamo_migrator.fleet.worker;"
        "print([name for name in sys.modules if name.split('.')[0] in"
        " ('boto3', 'botocore', 'pulumi', 'pulumi_aws', 'grpc', 'urllib3')],"
        " 'pulumi_dynamo_migrator.aws.ledger' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-P", "-c", text],
        env=environment(os.environ),
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stdout.strip() == "[] False"


def test_credentials_that_change_are_lent_once() -> None:
    given_: list[Any] = [KEYS]
    lender = Lender(lambda: given_[-1], pause=0.01)
    assert (lender.keys, lender.changed()) == (KEYS, None)
    given_.append(Keys("AKID2", "secret", "token"))

    def changed() -> Lent:
        lent = lender.changed()
        assert lent is not None
        return lent

    assert eventually(changed, within=10) == Lent(Keys("AKID2", "secret", "token"))
    assert lender.changed() is None
    lender.close()


def test_what_stands_in_the_way_of_new_credentials_is_told() -> None:
    def credentials() -> Keys:
        if fetched:
            raise ValueError("the login has expired")
        fetched.append(1)
        return KEYS

    fetched: list[int] = []
    lender = Lender(credentials, pause=0.01)

    def error() -> str:
        try:
            lender.changed()
        except ValueError as error:
            return str(error)
        raise AssertionError("nothing yet")

    assert eventually(error, within=10) == "the login has expired"
