"""Pulumi's official installer, run into a folder of ours. Never edits PATH or a shell's start-up files."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tools.pulumi.engine import ENGINE_VERSION

ADDRESS = "https://get.pulumi.com"
ANSWERS_WITHIN = 5.0
ENDS_WITHIN = 600.0


def fetch_script(address: str = ADDRESS) -> bytes | None:
    """Fetch the installer's script; None when it cannot be reached, or something else answers."""
    request = urllib.request.Request(address, headers={"User-Agent": "curl/8"})
    try:
        with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN) as answer:
            script: bytes = answer.read()
    except OSError:
        return None
    return script if script.startswith(b"#!") else None


def install(script: bytes, folder: Path, environment: Mapping[str, str]) -> bool:
    """Run the script, so that the engine comes to `folder`/bin; tell whether it ended well."""
    path = folder / "install.sh"
    path.write_bytes(script)
    command = ["sh", str(path), "--version", ENGINE_VERSION.removeprefix("v")]
    command += ["--install-root", str(folder), "--no-edit-path"]
    try:
        ended = subprocess.run(command, env=dict(environment), stdout=sys.stderr, timeout=ENDS_WITHIN, check=False)
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0
