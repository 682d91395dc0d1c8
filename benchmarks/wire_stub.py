"""The wire stub: built once with Go into the user's cache folder, started for one run, ended with it.

    with WireStub.start(items=3900) as stub: ...             # stub.endpoint; stub.order(throttle=10); stub.counts()

Where Go is missing there is no stub, and so no benchmark: `NoStubError` says so. Never changes anything of the user's
but that cache folder.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

SOURCES = Path(__file__).resolve().parent / "stub"
ITEMS = 3900  # of 270 bytes: a page of 1 MB


class NoStubError(Exception):
    """There is no wire stub; the text says why, and what to do now."""


def cached_stub(environment: Mapping[str, str]) -> Path:
    """Name the program in the user's cache: one for each state of its sources."""
    base = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME") or Path.home()) / ".cache")
    sources = b"".join(path.read_bytes() for path in sorted(SOURCES.iterdir()))
    name = blake2b(sources, digest_size=8).hexdigest()
    return Path(base) / "pulumi-dynamo-migrator" / "wire-stub" / name


def build(environment: Mapping[str, str]) -> Path:
    """Give the program; built first if there is none, whole or not at all."""
    program = cached_stub(environment)
    if program.exists():
        return program
    if shutil.which("go", path=environment.get("PATH", "")) is None:
        raise NoStubError(
            "Go is not installed, and the benchmarks' wire stub is a Go program: install Go 1.21 or newer."
        )
    program.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=program.parent) as place:
        draft = Path(place) / "stub"
        flags = f"{environment.get('GOFLAGS', '')} -buildvcs=false".strip()
        ended = subprocess.run(
            ["go", "build", "-o", str(draft), "."],
            cwd=SOURCES,
            env={**environment, "GOWORK": "off", "GOFLAGS": flags},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise NoStubError(f"`go build` failed in {SOURCES}:\n{ended.stderr.strip()}")
        draft.rename(program)
    return program


@dataclass(frozen=True, slots=True)
class WireStub:
    """A running stub. `certificate`: what to trust, where it speaks TLS."""

    process: subprocess.Popen[bytes]
    port: int
    items: int
    certificate: Path | None
    _folder: tempfile.TemporaryDirectory[str]

    @classmethod
    def start(cls, *, items: int = ITEMS, tls: bool = False) -> Self:
        """Start one on a free port; `items` on each page."""
        program = build(os.environ)
        folder = tempfile.TemporaryDirectory(prefix="wire-stub-")
        certificate = Path(folder.name) / "certificate.pem" if tls else None
        spoken = ["-tls", str(certificate)] if certificate else []
        # It ends when its standard input does: also when this process is killed.
        process = subprocess.Popen(
            [str(program), "-items", str(items), *spoken], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        told = process.stdout.readline()
        if not told.strip().isdigit():
            process.wait()
            raise NoStubError(f"the wire stub {program} did not start: remove it, and run this again")
        return cls(process, int(told), items, certificate, folder)

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def order(self, **orders: int | str) -> None:
        """Tell it to throttle or to fail each n-th (see `Orders` in main.go), and begin to count anew."""
        self._control(json.dumps(orders).encode())

    def counts(self) -> dict[str, int]:
        """What was asked of it since the last order."""
        return self._control(None)

    def _control(self, body: bytes | None) -> dict[str, int]:
        trusted = ssl.create_default_context(cafile=self.certificate) if self.certificate else None
        with urllib.request.urlopen(f"{self.endpoint}/control", body, timeout=60, context=trusted) as answer:
            told: dict[str, int] = json.load(answer)
            return told

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait()
        self._folder.cleanup()
