"""`make demo` is the first thing that a newcomer sees: it is run whole, and its own proof must hold."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import pytest

from tools.shell_env import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.emulator]


def test_the_demo_proves_that_no_write_was_lost(pulumi_env: Mapping[str, str]) -> None:
    told = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "demo.py")],
        env=dict(pulumi_env),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "has arrived; 0 conflicts" in told.stdout
    assert "tables left on the embedded AWS: none" in told.stdout
