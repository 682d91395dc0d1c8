"""Programs written for one test, imported as a user's own modules are, and a Python that has only what Lambda has."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pulumi_dynamo_migrator import conversion
from pulumi_dynamo_migrator.conversion.source import CapturedSource

Write = Callable[..., ModuleType]
Fresh = Callable[[CapturedSource, list[dict[str, Any]]], list[Any]]

RUN_THERE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pulumi_dynamo_migrator.conversion.load import load
from pulumi_dynamo_migrator.conversion.source import CapturedSource
from pulumi_dynamo_migrator.conversion.values import decode, encode
given = json.load(sys.stdin)
function = load(CapturedSource.from_json(given["source"]))
print(json.dumps([encode({"result": function(decode(item))}) for item in given["items"]]))
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write and import a program: write("text", "name", other="text of other.py")."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def written(text: str, name: str = "program", **others: str) -> ModuleType:
        for other, content in {**others, name: text}.items():
            file = tmp_path.joinpath(*other.split("__in__")[::-1]).with_suffix(".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(content))
            sys.modules.pop(other, None)
        importlib.invalidate_caches()
        return importlib.import_module(".".join(name.split("__in__")[::-1]))

    yield written
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture(scope="session")
def lambda_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The conversion files as they stand in the zip: an empty package, and no capture."""
    folder = tmp_path_factory.mktemp("lambda")
    package = folder / "pulumi_dynamo_migrator"
    source = Path(conversion.__file__).parent
    shutil.copytree(source, package / "conversion", ignore=shutil.ignore_patterns("capture", "__pycache__"))
    (package / "__init__.py").write_text("")
    return folder


@pytest.fixture
def fresh(lambda_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Run a captured function on wire items in another interpreter: isolated, no site-packages, another folder."""

    def run(source: CapturedSource, items: list[dict[str, Any]]) -> list[Any]:
        ran = subprocess.run(
            [sys.executable, "-I", "-S", "-c", RUN_THERE, str(lambda_folder)],
            input=json.dumps({"source": source.to_json(), "items": items}),
            cwd=tmp_path_factory.mktemp("elsewhere"),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return [one["result"] for one in json.loads(ran.stdout)]

    return run
