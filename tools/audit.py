"""Is a weakness known of a version that this project pins? pip-audit asks the package registry, version by version.

    python tools/audit.py                 # constraints.txt; 1 where one is known

A registry that is a mirror may know packages and nothing about weaknesses, and none may be reachable: then the last
line says how few were audited, and that is no failure. pip-audit has an environment of its own, so that what it needs
decides nothing about what is tested.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINNED = ROOT / "constraints.txt"
PLACE = ROOT / ".venv" / "audit"
REQUIREMENT = "pip-audit==2.10.1"
PATIENCE = 120.0
"""Seconds for each of the two: installing pip-audit, and asking."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: a line each, and whether a weakness is known."""

    lines: tuple[str, ...]
    bad: bool = False


def verdict(report: str, *, trouble: str = "") -> Verdict:
    """Of pip-audit's report in JSON; of a text that is none: nothing was audited, because of some `trouble`."""
    try:
        asked = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Verdict((f"nothing was audited: {trouble or 'no report'}",))
    known = [
        f"{one['name']} {one['version']}: {weakness['id']}"
        + (f", mended in {', '.join(weakness['fix_versions'])}" if weakness.get("fix_versions") else "")
        for one in asked
        for weakness in one.get("vulns", ())
    ]
    audited = [one for one in asked if "vulns" in one]
    said = f"{len(audited)} of {len(asked)} pinned versions were audited; weaknesses known: {len(known)}"
    return Verdict((*known, said), bad=bool(known))


def report_of(pinned: Path) -> tuple[str, str]:
    """Give pip-audit's report, and what went wrong where it cannot be installed or nobody answers."""
    python = PLACE / "bin" / "python"
    try:
        if not python.exists():
            venv.create(PLACE, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", REQUIREMENT]
        subprocess.run(pip, check=True, capture_output=True, timeout=PATIENCE)
        ask = [str(python), "-m", "pip_audit", "-r", str(pinned), "--no-deps", "--disable-pip", "-f", "json"]
        ran = subprocess.run(
            [*ask, "--progress-spinner", "off"], check=False, capture_output=True, text=True, timeout=PATIENCE
        )
    except (subprocess.SubprocessError, OSError) as error:
        return "", f"pip-audit did not run: {error}"
    return ran.stdout, (ran.stderr.strip().splitlines() or [""])[-1]


def main() -> int:
    """Tell, and 1 where a weakness is known."""
    report, trouble = report_of(PINNED)
    found = verdict(report, trouble=trouble)
    print(*found.lines, sep="\n")
    return 1 if found.bad else 0


if __name__ == "__main__":
    sys.exit(main())
