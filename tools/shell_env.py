"""Print the shell's settings for working by hand: `eval "$(make -s env)"`, then `pulumi preview`.

Only shell statements go to stdout. The AWS settings come in only while the embedded AWS of `make aws-up` is running;
otherwise whatever the shell says about AWS stays. Never asks for, reads or prints credentials.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.embedded_aws import AWS_SETTINGS_TO_DROP, running

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / ".pulumi-state"


def settings(engine: Path, *, path: str, passphrase: str) -> dict[str, str]:
    """Give what Pulumi needs: Python and engine first on PATH, a backend in this repository, a passphrase for it."""
    folders = [str(Path(sys.executable).parent), str(engine)]
    rest = [folder for folder in path.split(os.pathsep) if folder not in folders]
    return {
        "PATH": os.pathsep.join(folders + rest),
        "PULUMI_BACKEND_URL": STATE.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": passphrase,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # pulumi-aws is installed for its argument classes; no program here needs its plugin of 150 MB and more
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_PYTHON_CMD": sys.executable,
    }


def main(arguments: list[str]) -> int:
    """Find or make the engine, and print the exports."""
    ensured = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "pulumi" / "ensure.py")], stdout=subprocess.PIPE, text=True, check=False
    )
    if ensured.returncode:
        return ensured.returncode
    STATE.mkdir(exist_ok=True)
    exports = settings(
        Path(ensured.stdout.strip()),
        path=os.environ.get("PATH", ""),
        passphrase=os.environ.get("PULUMI_CONFIG_PASSPHRASE", "local"),
    )
    aws = None if "--without-aws" in arguments else running(STATE)
    if aws is not None:
        print(f"unset {' '.join(AWS_SETTINGS_TO_DROP)}")
        exports |= aws.environment()
    for name, value in exports.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
