"""The wheel: the package and nothing else, and it works where the checkout is not."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.shell_env import ROOT

IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import pulumi_dynamo_migrator as package
for module in pkgutil.walk_packages(package.__path__, "pulumi_dynamo_migrator."):
    importlib.import_module(module.name)
    print(sys.modules[module.name].__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (only,) = folder.glob("*.whl")
    return only


def test_the_wheel_holds_the_package_its_type_marker_and_its_licence_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"pulumi_dynamo_migrator"}
    assert "pulumi_dynamo_migrator/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name]


def test_every_module_of_the_wheel_can_be_imported_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    command = [sys.executable, "-I", "-c", IMPORT_ALL, str(installed)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert all(line.startswith(str(installed)) for line in ran.stdout.splitlines())
