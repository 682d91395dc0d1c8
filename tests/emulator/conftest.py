"""What the tests with IAM enforced share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_dynamo_migrator.system import TIMING_VARIABLE
from tests.emulator.iam_world import World, world_in
from tests.emulator.life import TIMING
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws


@pytest.fixture
def account(aws: EmbeddedAws) -> Iterator[Account]:
    """The embedded AWS, emptied: what is left behind must be this test's."""
    aws.reset()
    yield Account(aws)
    aws.reset()


@pytest.fixture(scope="session")
def strict_aws(no_real_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An embedded AWS of its own that enforces IAM."""
    log = tmp_path_factory.mktemp("strict-aws") / "aws.log"
    with EmbeddedAws.start(log=log, extra={"AUTH": "true"}) as aws:
        yield aws


@pytest.fixture
def world(strict_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An operator with all of the policy. Whatever both could judge, judge and embedded AWS must have judged alike."""
    monkeypatch.setenv(TIMING_VARIABLE, TIMING)
    with world_in(strict_aws, "orders", script=True, older_library=True) as world:
        yield world
        assert world.judge.disagreements == []
