"""The embedded AWS: ministack as a process group of its own, on a free port that only this machine can reach.

    with EmbeddedAws.start(log=Path("aws.log")) as aws:
        boto3.client("dynamodb", endpoint_url=aws.endpoint, ...)     # or with aws.environment() in the environment

As a command: `embedded_aws.py up` and `down` (`make aws-up`, `make aws-down`). What is in it lives in memory, and ends
with it, as do the Lambda processes that it started. `fenced`: a policy proxy of its own stands in front of it, in the
same process group. One that a program has started ends with that program, also when
the program is killed. Needs the standard library alone, and ministack in the environment that runs it. Never ends a
process that it has not started, and never speaks to the real AWS.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.process_group import end_group, wait_for

LOOPBACK = "127.0.0.1"
REGION = "us-east-1"
STARTS_WITHIN = 60.0  # half a second when the machine is idle
ATTEMPTS = 5  # another program may take the free port before ministack does
AWS_SETTINGS_TO_DROP = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)

# Run in ministack's own process: when the pipe from the program that started it closes, the whole group
# ends, and its folder goes.
GUARDED = """
import os, shutil, signal, sys, threading
folder = sys.argv[1]
def end_with_parent():
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=end_with_parent, daemon=True).start()
"""
# Neither lives without the other: the proxy ends when its standard input does, and the group when the proxy does.
FENCED = """
import os, signal, subprocess, sys, threading
proxy = subprocess.Popen([sys.executable, *sys.argv[2:]], stdin=subprocess.PIPE)
def end_with_proxy():
    proxy.wait()
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=end_with_proxy, daemon=True).start()
"""
MAIN = """
import sys
from ministack.app import main
sys.argv = ["ministack"]
main()
"""


class EmbeddedAwsError(Exception):
    """The embedded AWS did not start; the text says what its log ends with."""


@dataclass(frozen=True, slots=True)
class EmbeddedAws:
    """A running embedded AWS. `token` is what it answers to a health request: proof that it is this one.

    `front` is the port of the policy proxy through which it is asked; 0: it is asked directly.
    """

    pid: int
    port: int
    token: str
    log: str
    folder: str
    front: int = 0

    @classmethod
    def start(
        cls,
        *,
        log: Path | None = None,
        detached: bool = False,
        fenced: bool = False,
        extra: Mapping[str, str] | None = None,
    ) -> Self:
        """Start one and wait until it answers.

        `detached`: it outlives this program; `fenced`: with a policy proxy; `extra`: settings of ministack.
        """
        for _ in range(ATTEMPTS):
            aws = cls._start_once(log, detached=detached, fenced=fenced, extra=extra or {})
            if aws is not None:
                return aws
        raise EmbeddedAwsError(f"the embedded AWS found no free port in {ATTEMPTS} attempts")

    @classmethod
    def _start_once(cls, log: Path | None, *, detached: bool, fenced: bool, extra: Mapping[str, str]) -> Self | None:
        folder = Path(tempfile.mkdtemp(prefix="embedded-aws-"))
        path = log or folder / "aws.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        port, token = free_port(), secrets.token_hex(8)
        front = free_port() if fenced else 0
        with path.open("ab") as written:
            process = subprocess.Popen(
                [sys.executable, "-c", *_program(folder, port, front=front, detached=detached)],
                env=ministack_environment(os.environ, port=port, token=token, folder=folder) | dict(extra),
                stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
                stdout=written,
                stderr=written,
                cwd=folder,
                start_new_session=True,
            )
        aws = cls(process.pid, port, token, str(path), str(folder), front)
        _started[process.pid] = process
        try:
            wait_for(lambda: aws.answers() or process.poll() is not None, within=STARTS_WITHIN)
        except BaseException:
            aws.stop()
            raise
        if aws.answers():
            return aws
        told = path.read_text(errors="replace")
        aws.stop()
        if "already in use" in told.lower():
            return None
        raise EmbeddedAwsError(f"the embedded AWS did not start; its log ({path}) ends with:\n{told[-2000:]}")

    @property
    def endpoint(self) -> str:
        """The address of every service."""
        return f"http://{LOOPBACK}:{self.front or self.port}"

    def environment(self) -> dict[str, str]:
        """Give the settings that lead boto3, the AWS CLI and Pulumi here; none of them is a secret."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def answers(self) -> bool:
        """Tell whether this very one answers on its port."""
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=5) as reply:
                return bool(json.load(reply).get("version") == self.token)
        except (OSError, ValueError):
            return False

    def reset(self) -> None:
        """Empty it: as just started, in a few milliseconds."""
        request = urllib.request.Request(f"{self.endpoint}/_ministack/reset", method="POST")
        with urllib.request.urlopen(request, timeout=30) as reply:
            reply.read()

    def stop(self) -> None:
        """End it with everything that it started; safe to call twice."""
        process = _started.pop(self.pid, None)
        if process is None and not self.answers():
            return  # another program's, or gone already: the pid may be a stranger's by now
        end_group(self.pid, collect=process.poll if process else lambda: None)
        if process is not None and process.stdin is not None:
            process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


_started: dict[int, subprocess.Popen[bytes]] = {}


def _program(folder: Path, port: int, *, front: int, detached: bool) -> list[str]:
    text = ("" if detached else GUARDED) + (FENCED if front else "") + MAIN
    proxy = [str(Path(__file__).with_name("policy_proxy.py")), f"http://{LOOPBACK}:{port}", str(front)]
    return [text, str(folder), *(proxy if front else [])]


def free_port() -> int:
    """Ask the system for a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def ministack_environment(base: Mapping[str, str], *, port: int, token: str, folder: Path) -> dict[str, str]:
    """Give ministack's settings: loopback only, files in its own folder, nothing of the user's AWS settings."""
    kept = {name: value for name, value in base.items() if not name.startswith("AWS_")}
    return kept | {
        "BIND_HOST": LOOPBACK,  # its default is every interface
        "GATEWAY_PORT": str(port),
        "MINISTACK_VERSION": token,
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",  # these two would listen on further ports
        "SFTP_ENABLED": "0",
        "TMPDIR": str(folder),
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "PYTHONUNBUFFERED": "1",
    }


def remembered(state: Path) -> Path:
    """Name the file that remembers the embedded AWS of `make aws-up`."""
    return state / "embedded-aws.json"


def running(state: Path) -> EmbeddedAws | None:
    """Find the embedded AWS of `make aws-up`, if it is running."""
    try:
        aws = EmbeddedAws(**json.loads(remembered(state).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return aws if aws.answers() else None


def main(arguments: list[str], *, state: Path) -> int:
    """`up`: start it, unless it is running; `down`: end it."""
    aws = running(state)
    if arguments == ["up"]:
        if aws is None:
            aws = EmbeddedAws.start(log=state / "embedded-aws.log", detached=True, fenced=True)
            remembered(state).write_text(json.dumps(asdict(aws)))
        print(f'embedded AWS at {aws.endpoint} (process {aws.pid}, log {aws.log}); now: eval "$(make -s env)"')
        return 0
    if arguments == ["down"]:
        if aws is not None:
            aws.stop()
        remembered(state).unlink(missing_ok=True)
        print("the embedded AWS is not running" if aws is None else f"ended the embedded AWS at {aws.endpoint}")
        return 0
    print("usage: embedded_aws.py up | down", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], state=Path(__file__).resolve().parents[1] / ".pulumi-state"))
