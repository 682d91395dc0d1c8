"""The shell's settings: Python and engine come first on PATH, once, and the backend is this repository's."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.shell_env import settings

PYTHON = str(Path(sys.executable).parent)


def test_python_and_engine_come_first_on_path_and_only_once() -> None:
    told = settings(Path("/engine/bin"), path=f"/bin:/engine/bin:/usr/bin:{PYTHON}", passphrase="")
    assert told["PATH"] == f"{PYTHON}:/engine/bin:/bin:/usr/bin"


def test_settings_made_twice_are_the_same() -> None:
    once = settings(Path("/engine/bin"), path="/bin", passphrase="p")
    assert settings(Path("/engine/bin"), path=once["PATH"], passphrase="p") == once


def test_state_stays_on_this_machine() -> None:
    told = settings(Path("/engine/bin"), path="/bin", passphrase="p")
    assert told["PULUMI_BACKEND_URL"].startswith("file:///")
    assert told["PULUMI_PYTHON_CMD"] == sys.executable
