"""Run a real Pulumi program with the real engine: its own copy, backend, stack and home in a test's folder.

    program = Program({"__main__.py": "..."}, folder=tmp_path, environment=pulumi_env | aws.environment())
    program.up().ok()
    running = program.start("up", "--yes", "--skip-preview")
    running.kill_cli()

Commands are never interactive, have a time limit, and leave no process behind after `close()`.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.eventually import eventually
from tests.stacks.processes import MARK, Process, marked, plugins

TIME_LIMIT = 300.0
PROJECT_FILE = "Pulumi.yaml"


@dataclass(frozen=True, slots=True)
class Result:
    """What one command of the engine said, and how it ended."""

    command: str
    rc: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Both streams."""
        return self.stdout + self.stderr

    def ok(self) -> Self:
        """Demand that it succeeded; its whole text is the failure's message."""
        assert self.rc == 0, f"`{self.command}` ended with {self.rc}:\n{self.text}"
        return self

    def failed(self) -> Self:
        """Demand that it failed."""
        assert self.rc != 0, f"`{self.command}` should have failed:\n{self.text}"
        return self

    @property
    def json(self) -> Any:
        """Read stdout as JSON."""
        return json.loads(self.stdout)


@dataclass(frozen=True, slots=True)
class Running:
    """A command of the engine that runs in the background; its output grows in two files. Its processes are its own:
    orphans of an earlier command are none of them.
    """

    command: str
    process: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path
    mark: str

    @property
    def text(self) -> str:
        """What it has said so far."""
        return self.stdout.read_text(errors="replace") + self.stderr.read_text(errors="replace")

    def says(self, words: str, *, within: float = 60.0) -> None:
        """Wait until these words appear in its output."""

        def said() -> None:
            assert words in self.text, f"`{self.command}` did not say {words!r}:\n{self.text}"

        eventually(said, within=within)

    def wait(self, timeout: float = TIME_LIMIT) -> Result:
        """Wait for its end; past the time limit it is killed, and the test fails."""
        try:
            rc = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise AssertionError(f"`{self.command}` ran longer than {timeout:.0f} s:\n{self.text}") from None
        return Result(
            self.command, rc, self.stdout.read_text(errors="replace"), self.stderr.read_text(errors="replace")
        )

    def interrupt(self) -> None:
        """Do what the first Ctrl-C does (the second is the second call)."""
        self.process.send_signal(signal.SIGINT)

    def kill_cli(self) -> Result:
        """`kill -9` the CLI alone: its language host and plugins live on, the stack stays locked."""
        self.process.kill()
        return self.wait()

    def plugin(self, *, within: float = 60.0) -> Process:
        """Wait for the dynamic provider's process."""

        def there() -> Process:
            found = plugins(self.mark)
            assert found, f"`{self.command}` has started no dynamic provider:\n{self.text}"
            return found[0]

        return eventually(there, within=within)

    def kill_plugin(self) -> None:
        """`kill -9` the dynamic provider's processes."""
        self.plugin()
        for process in plugins(self.mark):
            process.kill()

    def kill_all(self) -> None:
        """`kill -9` the CLI and everything that it has started, as a power cut does."""
        self.process.kill()
        end_marked(self.mark)
        self.process.wait()


class Program:
    """A Pulumi program in a folder of its own, and its one stack."""

    def __init__(
        self, source: Path | Mapping[str, str], *, folder: Path, environment: Mapping[str, str], stack: str = "dev"
    ) -> None:
        folder = folder.resolve()
        self.folder = folder / "program"
        self.stack = stack
        self._logs = folder / "logs"
        self._mark = uuid.uuid4().hex
        self._count = 0
        self.environment = {
            **environment,
            MARK: self._mark,
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "",
        }
        for place in (self._logs, folder / "state", folder / "home"):
            place.mkdir(parents=True)
        if isinstance(source, Path):
            shutil.copytree(source, self.folder, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml"))
        else:
            self.folder.mkdir()
            self.edit(source)
        if not (self.folder / PROJECT_FILE).exists():
            self.edit({PROJECT_FILE: "name: stack-test\nruntime: python\n"})
        self.run("stack", "init", stack).ok()

    def edit(self, files: Mapping[str, str | None]) -> None:
        """Rewrite files of the program; None removes one."""
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)

    def up(self, *arguments: str, timeout: float = TIME_LIMIT) -> Result:
        """Apply the program, preview included: what users type."""
        return self.run("up", "--yes", *arguments, timeout=timeout)

    def preview(self, *arguments: str, json: bool = False, timeout: float = TIME_LIMIT) -> Result:
        """Show what `up` would do; `json=True` fills the result's `json`."""
        return self.run("preview", *(["--json"] if json else []), *arguments, timeout=timeout)

    def refresh(self, *arguments: str, timeout: float = TIME_LIMIT) -> Result:
        """Read what is really there into the state."""
        return self.run("refresh", "--yes", *arguments, timeout=timeout)

    def destroy(self, *arguments: str, timeout: float = TIME_LIMIT) -> Result:
        """Remove what the stack has made."""
        return self.run("destroy", "--yes", *arguments, timeout=timeout)

    def cancel(self) -> Result:
        """Take away the lock that a killed CLI has left."""
        return self.run("cancel", "--yes", self.stack)

    def config(self, key: str, value: str) -> Result:
        """Set one value of the stack's configuration, such as `aws:region`."""
        return self.run("config", "set", key, value)

    def outputs(self) -> dict[str, Any]:
        """Give the stack's outputs, secrets in clear."""
        told: dict[str, Any] = self.run("stack", "output", "--json", "--show-secrets").ok().json
        return told

    def state(self) -> dict[str, Any]:
        """Give the stack's state as it is saved."""
        told: dict[str, Any] = self.run("stack", "export").ok().json
        return told

    def resources(self, of_type: str = "") -> list[dict[str, Any]]:
        """Give the resources in the state whose type ends so."""
        there = self.state()["deployment"].get("resources", [])
        return [resource for resource in there if resource["type"].endswith(of_type)]

    def run(self, *arguments: str, timeout: float = TIME_LIMIT) -> Result:
        """Run one command of the CLI to its end."""
        return self.start(*arguments).wait(timeout)

    def start(self, *arguments: str) -> Running:
        """Start one command of the CLI in the background."""
        self._count += 1
        out, err = (self._logs / f"{self._count:02}-{arguments[0]}.{stream}" for stream in ("out", "err"))
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        mark = f"{self._mark}/{self._count:02}"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.environment, MARK: mark},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        return Running(" ".join(command), process, out, err, mark)

    def processes(self) -> list[Process]:
        """List what runs on behalf of this program, orphans too."""
        return marked(self._mark)

    def close(self) -> None:
        """End every process that is left."""
        end_marked(self._mark)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def end_marked(mark: str) -> None:
    """Kill every process with this mark, and wait until none is left."""

    def none_left() -> None:
        left = marked(mark)
        for process in left:
            process.kill()
        assert not left, f"still running: {left}"

    eventually(none_left, within=10)
