"""Programs for the stack tests: each in a folder of its own, on an embedded AWS that is empty when the test begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from pulumi_dynamo_migrator.system import TIMING_VARIABLE
from tests.stacks.account import Account
from tests.stacks.examples import EXAMPLES, Example
from tests.stacks.harness import Program
from tools.embedded_aws import EmbeddedAws

MakeProgram = Callable[[Path | Mapping[str, str]], Program]

TIMING = {
    "settle": 5,
    "lease": 15,
    "signature": 15,
    "request": 30,
    "heartbeat": 2,
    "quiet": 1,
    "poll": 0.1,
    "outcome": 3,
    "lag_window": 0.5,
    "fence": 60,
    "fence_renewal": 2,
    "fence_margin": 20,
    "fence_proof": 1,
    "fence_patience": 4,
    "drain": 1.5,
}
"""Nothing takes minutes on the embedded AWS."""


@pytest.fixture
def fenced(fenced_aws: EmbeddedAws, account: Account) -> Account:
    """Give the same account asked through the proxy that enforces policies, as an application would ask."""
    return Account(fenced_aws)


@pytest.fixture
def account(aws: EmbeddedAws) -> Account:
    """Give the whole account as AWS sees it, emptied: every table, function and role in it is this test's."""
    aws.reset()
    return Account(aws)


@pytest.fixture
def make_program(aws: EmbeddedAws, pulumi_env: Mapping[str, str], tmp_path: Path) -> Iterator[MakeProgram]:
    """Give a function that takes a folder, or files by name, and makes a program with a stack of it."""
    with ExitStack() as programs:
        yield _maker(programs, {**pulumi_env, **aws.environment()}, tmp_path / "plain")


@pytest.fixture
def make_fenced(fenced_aws: EmbeddedAws, pulumi_env: Mapping[str, str], tmp_path: Path) -> Iterator[MakeProgram]:
    """Give the same where resource policies are enforced, as they are on AWS: whoever asks there can be fenced out."""
    with ExitStack() as programs:
        yield _maker(programs, {**pulumi_env, **fenced_aws.environment()}, tmp_path / "fenced")


@pytest.fixture
def example(account: Account, fenced: Account, make_fenced: MakeProgram) -> Callable[[str], Example]:
    """Give a function that makes a stack of an example's program, where policies are enforced."""
    return lambda name: Example(make_fenced(EXAMPLES / name), account, fenced)


def _maker(programs: ExitStack, environment: Mapping[str, str], folder: Path) -> MakeProgram:
    numbers = count(1)

    def make(source: Path | Mapping[str, str]) -> Program:
        told = {**environment, TIMING_VARIABLE: json.dumps(TIMING)}
        return programs.enter_context(Program(source, folder=folder / f"{next(numbers)}", environment=told))

    return make
