"""Build the Pulumi engine from Go modules: `cli/` and `lang/` beside this file pin them, with their checksums.

Two commands are built, and the two scripts that belong to them come from the CLI's version of the SDK's module.
Never changes the pinned modules.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.pulumi.engine import ENGINE_VERSION, NoEngineError

HERE = Path(__file__).resolve().parent
CLI = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
LANGUAGE_HOST = "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
SDK = "github.com/pulumi/pulumi/sdk/v3"
STAMP = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={ENGINE_VERSION}"
SCRIPTS = ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python")
GO_STARTS_WITHIN = 300.0  # it may fetch a newer Go first


def go_wanted() -> str:
    """Read the Go version that the engine's modules ask for."""
    asked = re.search(r"^go (\S+)$", (HERE / "cli" / "go.mod").read_text(), re.MULTILINE)
    assert asked is not None, "cli/go.mod names a Go version"
    return asked.group(1)


def why_go_cannot(environment: Mapping[str, str]) -> str:
    """Say why Go cannot build the engine, or nothing.

    Asked in `cli/`, `go version` fetches the Go that go.mod wants where GOTOOLCHAIN allows it, or says that it cannot.
    """
    if shutil.which("go", path=environment.get("PATH", "")) is None:
        return "Go is not installed"
    try:
        asked = go(["version"], "cli", environment, timeout=GO_STARTS_WITHIN)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"Go does not start ({error})"
    told = re.search(r"go version go(\d+(?:\.\d+)*)", asked.stdout)
    if asked.returncode or told is None:
        said = (asked.stderr or asked.stdout).strip().splitlines() or ["no answer"]
        return f"Go cannot be used ({said[-1]})"
    if numbers(told.group(1)) < numbers(go_wanted()):
        return f"Go is {told.group(1)}, older than {go_wanted()}"
    return ""


def numbers(version: str) -> tuple[int, ...]:
    """Make a version comparable."""
    return tuple(int(part) for part in version.split("."))


def build(folder: Path, environment: Mapping[str, str], log: Path) -> None:
    """Build the engine into `folder`/bin; what Go says goes to the log."""
    place = folder / "bin"
    place.mkdir()
    log.write_text("")
    build_one(["-ldflags", STAMP, "-o", str(place / "pulumi"), CLI], "cli", environment, log)
    build_one(["-o", str(place / "pulumi-language-python"), LANGUAGE_HOST], "lang", environment, log)
    sdk = sdk_folder(environment, log)
    for script in SCRIPTS:
        copied = place / Path(script).name
        shutil.copyfile(sdk / "python" / script, copied)
        copied.chmod(0o755)  # modules carry no executable bit


def build_one(arguments: list[str], module: str, environment: Mapping[str, str], log: Path) -> None:
    """Build one command in one of the pinned modules."""
    ended = go(["build", *arguments], module, environment)
    keep(ended, log)
    if ended.returncode:
        raise failed(f"`go build` failed in tools/pulumi/{module}", log)


def sdk_folder(environment: Mapping[str, str], log: Path) -> Path:
    """Find the folder of the CLI's own version of Pulumi's SDK module."""
    answer = go(["mod", "download", "-json", SDK], "cli", environment)
    if answer.returncode:
        keep(answer, log)
        raise failed(f"the module {SDK} cannot be had", log)
    return Path(json.loads(answer.stdout)["Dir"])


def go(
    arguments: list[str], module: str, environment: Mapping[str, str], *, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Go in one of the pinned modules: no workspace around it, no version stamp from this repository."""
    flags = f"{environment.get('GOFLAGS', '')} -buildvcs=false".strip()
    settings = {**environment, "GOWORK": "off", "GOFLAGS": flags}
    return subprocess.run(
        ["go", *arguments],
        cwd=HERE / module,
        env=settings,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def keep(ended: subprocess.CompletedProcess[str], log: Path) -> None:
    """Add what a command said to the log."""
    with log.open("a") as written:
        written.write(f"{' '.join(ended.args)}\n{ended.stdout}{ended.stderr}ended with {ended.returncode}\n")


def failed(what: str, log: Path) -> NoEngineError:
    """Say what failed, where its log is, and what to do now."""
    return NoEngineError(
        f"The Pulumi engine could not be built: {what}, see {log}; mend that (often it is the network) and run this "
        f"again, or put Pulumi {ENGINE_VERSION} or newer on PATH."
    )
