"""What the tests of every tier share: one embedded AWS, one Pulumi engine, and no way to the real AWS."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.soaking import SOAK, Tally, dose, keep, lines_of, summed
from tools.embedded_aws import EmbeddedAws
from tools.policy_proxy import PolicyProxy
from tools.process_group import heed_interrupts
from tools.pulumi.ensure import engine_folder
from tools.shell_env import ROOT, settings

# No deadlines: a machine that does something else for a while is no failed law.
hypothesis_settings.register_profile("dose", max_examples=dose(100), deadline=None)
hypothesis_settings.load_profile("dose")

heed_interrupts()


@pytest.fixture(scope="session", autouse=True)
def no_real_aws() -> Iterator[None]:
    """Hide the user's AWS settings from every test: whatever a test forgets to say, it cannot reach a real account."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        yield


@pytest.fixture(scope="session")
def aws(no_real_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """One embedded AWS for all tests of a session, started by the first that asks: give tables names of your own."""
    with EmbeddedAws.start(log=tmp_path_factory.mktemp("aws") / "aws.log") as aws:
        yield aws


@pytest.fixture(scope="session")
def fenced_aws(aws: EmbeddedAws) -> Iterator[EmbeddedAws]:
    """The session's embedded AWS, asked through a proxy that enforces the resource policies put through it."""
    with PolicyProxy(aws.endpoint) as proxy:
        yield replace(aws, front=proxy.port)


@pytest.fixture(scope="session")
def engine() -> Path:
    """Give the folder of the Pulumi engine; made first if there is none (about 4 minutes, once)."""
    return engine_folder(os.environ)


@pytest.fixture(scope="session")
def pulumi_env(engine: Path, no_real_aws: None) -> Mapping[str, str]:
    """Give the environment of a Pulumi command; the embedded AWS is added by whoever starts it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    told = settings(engine, path=kept.get("PATH", ""), passphrase="")
    return kept | told | {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Take down what a test injected and what it compared."""
    return Tally(record_property)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End the run with what was skipped and why, what was injected, and what was lost."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", []))
    for reason, tests in reasons.items():
        terminalreporter.write_line(f"{tests} tests: {reason}")
    sums = summed(report for reports in terminalreporter.stats.values() for report in reports)
    if sums["compared"]:
        terminalreporter.section("faults injected, and losses")
        for line in lines_of(sums):
            terminalreporter.write_line(line)
        if SOAK > 1:
            keep(sums, ROOT, failed=len(terminalreporter.stats.get("failed", [])))
