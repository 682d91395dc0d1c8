"""Programs for the stack tests: each in a folder of its own, on an embedded AWS that is empty when the test begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from pulumi_dynamo_migrator.system import TIMING_VARIABLE
from tests.stacks.account import Account
from tests.stacks.harness import Program
from tools.embedded_aws import EmbeddedAws

MakeProgram = Callable[[Path | Mapping[str, str]], Program]

TIMING = {"settle": 2, "lease": 15, "heartbeat": 2, "quiet": 1, "poll": 0.1, "outcome": 3, "lag_window": 0.5}
"""Nothing takes minutes on the embedded AWS."""


@pytest.fixture
def account(aws: EmbeddedAws) -> Account:
    """Give the whole account as AWS sees it, emptied: every table, function and role in it is this test's."""
    aws.reset()
    return Account(aws)


@pytest.fixture
def make_program(aws: EmbeddedAws, pulumi_env: Mapping[str, str], tmp_path: Path) -> Iterator[MakeProgram]:
    """Give a function that takes a folder, or files by name, and makes a program with a stack of it."""
    with ExitStack() as programs:
        count = 0

        def make(source: Path | Mapping[str, str]) -> Program:
            nonlocal count
            count += 1
            environment = {**pulumi_env, **aws.environment(), TIMING_VARIABLE: json.dumps(TIMING)}
            return programs.enter_context(Program(source, folder=tmp_path / f"{count}", environment=environment))

        yield make
