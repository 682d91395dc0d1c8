"""Programs for the stack tests: each in a folder of its own, on the session's embedded AWS, and gone after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.stacks.harness import Program
from tools.embedded_aws import EmbeddedAws

MakeProgram = Callable[[Path | Mapping[str, str]], Program]


@pytest.fixture
def make_program(aws: EmbeddedAws, pulumi_env: Mapping[str, str], tmp_path: Path) -> Iterator[MakeProgram]:
    """Give a function that takes a folder, or files by name, and makes a program with a stack of it."""
    with ExitStack() as programs:
        count = 0

        def make(source: Path | Mapping[str, str]) -> Program:
            nonlocal count
            count += 1
            environment = {**pulumi_env, **aws.environment()}
            return programs.enter_context(Program(source, folder=tmp_path / f"{count}", environment=environment))

        yield make
