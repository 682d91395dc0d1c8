"""The embedded AWS: reachable from this machine alone, and gone with everything that it started."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.eventually import eventually
from tests.stacks.processes import descriptors
from tools.embedded_aws import EmbeddedAws, EmbeddedAwsError, main, ministack_environment, running
from tools.process_group import group_members
from tools.shell_env import ROOT

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

pytestmark = pytest.mark.emulator

HANDLER = """
import os, subprocess, time
def handler(event, context):
    subprocess.Popen(["sleep", "600"])
    return {"pid": os.getpid(), "endpoint": os.environ["AWS_ENDPOINT_URL"]}
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[EmbeddedAws]:
    """One for this test alone."""
    with EmbeddedAws.start(log=tmp_path / "aws.log") as aws:
        yield aws


def session(aws: EmbeddedAws) -> boto3.Session:
    told = aws.environment()
    return boto3.Session(told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"], region_name=told["AWS_REGION"])


def listening(port: int) -> set[str]:
    """Read which addresses are listened on at a port, as /proc/net writes them."""
    rows = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    places = [row.split()[1:4:2] for row in rows.splitlines() if ":" in row.split()[0] and "local" not in row]
    return {place.split(":")[0] for place, state in places if state == "0A" and int(place.split(":")[1], 16) == port}


def a_function(client: LambdaClient) -> dict[str, object]:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", HANDLER)
    client.create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/r",
        Handler="main.handler",
        Code={"ZipFile": code.getvalue()},
    )
    told: dict[str, object] = json.load(client.invoke(FunctionName="f")["Payload"])
    return told


def test_only_this_machine_can_reach_it(own: EmbeddedAws) -> None:
    assert listening(own.port) == {"0100007F"}


def test_it_listens_on_no_other_port(own: EmbeddedAws) -> None:
    opened = descriptors(own.pid)
    inodes = {target[len("socket:[") : -1] for target in opened if target.startswith("socket:[")}
    rows = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    ports = {
        int(row.split()[1].split(":")[1], 16)
        for row in rows.splitlines()
        if len(row.split()) > 9 and row.split()[3] == "0A" and row.split()[9] in inodes
    }
    assert ports == {own.port}


def test_its_settings_lead_boto3_there(own: EmbeddedAws) -> None:
    client = session(own).client("dynamodb", endpoint_url=own.environment()["AWS_ENDPOINT_URL"])
    assert client.list_tables()["TableNames"] == []


def test_a_lambda_calls_back_and_ends_with_it_and_so_does_what_the_lambda_started(own: EmbeddedAws) -> None:
    told = a_function(session(own).client("lambda", endpoint_url=own.endpoint))
    assert told["endpoint"] == own.endpoint
    assert len(group_members(own.pid)) >= 3, "ministack, the Lambda, and its child"

    own.stop()
    assert group_members(own.pid) == []
    assert listening(own.port) == set()
    assert not Path(own.folder).exists()


def test_it_can_be_stopped_twice(own: EmbeddedAws) -> None:
    own.stop()
    own.stop()
    assert not own.answers()


def test_reset_empties_it(own: EmbeddedAws) -> None:
    client = session(own).client("dynamodb", endpoint_url=own.endpoint)
    client.create_table(
        TableName="things",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    own.reset()
    assert client.list_tables()["TableNames"] == []


def test_another_program_on_its_port_is_not_taken_for_it(own: EmbeddedAws) -> None:
    stranger = EmbeddedAws(own.pid, own.port, "another token", own.log, own.folder)
    assert not stranger.answers()
    stranger_of_nobody = EmbeddedAws(1, own.port, "another token", own.log, own.folder)
    stranger_of_nobody.stop()
    assert own.answers()


def test_it_ends_with_a_program_that_is_killed(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys, time
        from tools.embedded_aws import EmbeddedAws
        aws = EmbeddedAws.start()
        print(aws.pid, aws.folder, flush=True)
        time.sleep(600)
    """)
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        pid, folder = started.stdout.readline().split()
        group = int(pid)
        assert group_members(group) == [group]
        started.send_signal(signal.SIGKILL)

    def gone() -> None:
        assert group_members(group) == []
        assert not Path(folder).exists()

    eventually(gone, within=10)


def test_a_start_that_fails_says_what_the_log_says(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedAwsError, match="did not start; its log"):
        EmbeddedAws.start(log=tmp_path / "aws.log", extra={"BIND_HOST": "no-such-host.invalid"})


def test_nothing_of_the_users_aws_settings_reaches_it(tmp_path: Path) -> None:
    mine = {"AWS_PROFILE": "work", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": "http://x", "PATH": "/bin"}
    told = ministack_environment(mine, port=1, token="t", folder=tmp_path)
    assert told["AWS_SECRET_ACCESS_KEY"] == "test"
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL"} & set(told)
    assert told["PATH"] == "/bin"


def test_by_hand_it_is_started_once_found_again_and_ended(tmp_path: Path) -> None:
    try:
        assert main(["up"], state=tmp_path) == 0
        aws = running(tmp_path)
        assert aws is not None
        assert main(["up"], state=tmp_path) == 0
        assert running(tmp_path) == aws
    finally:
        assert main(["down"], state=tmp_path) == 0
    assert running(tmp_path) is None
    assert group_members(aws.pid) == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", aws.port)) != 0
    assert main(["down"], state=tmp_path) == 0
