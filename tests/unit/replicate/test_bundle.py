"""The replicator's zip."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import botocore

from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.replicate.bundle import HANDLER, bundle
from pulumi_dynamo_migrator.replicate.config import ReplicatorConfig
from tests.fakes.conversions import ID_PLACE, PER_PLACE, config_of, identity, written

CONFIG = config_of(written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE))

# Nothing of this repository and nothing but botocore (with what it needs) may be found: as in Lambda.
LOADS_THERE = """
import sys
sys.path[:] = [sys.argv[1], sys.argv[2], *(p for p in sys.path if "site-packages" not in p and p != "")]
class Others:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pulumi", "pulumi_aws", "msgspec", "boto3", "grpc"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Others())
from pulumi_dynamo_migrator.replicate import handler
assert handler.__file__.startswith(sys.argv[1]), handler.__file__
print(handler.configuration().chain.apply({"id": {"S": "1"}, "a": {"N": "1"}, "places": {"L": [{"S": "x"}]}}))
print(callable(handler.handler))
"""


def unpacked(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder


def test_the_same_configuration_gives_the_same_bytes() -> None:
    assert bundle(CONFIG) == bundle(CONFIG)


def test_another_configuration_gives_other_bytes() -> None:
    assert bundle(CONFIG) != bundle(config_of(identity()))


def test_the_configuration_survives_its_text() -> None:
    again = ReplicatorConfig.from_text(CONFIG.to_text())
    assert again == CONFIG
    assert again.to_text() == CONFIG.to_text()


def test_a_configuration_without_a_view_type_is_of_a_stream_with_both_images() -> None:
    document = json.loads(config_of(identity(), view="KEYS_ONLY").to_text())
    assert not ReplicatorConfig.from_text(json.dumps(document)).has_images
    del document["view"]
    assert ReplicatorConfig.from_text(json.dumps(document)).has_images


def test_what_does_not_run_in_lambda_is_not_in_it() -> None:
    with zipfile.ZipFile(io.BytesIO(bundle(CONFIG))) as archive:
        names = archive.namelist()
        assert archive.read("pulumi_dynamo_migrator/__init__.py") == b""
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
    assert names == sorted(names)
    assert "pulumi_dynamo_migrator/replicate/handler.py" in names
    assert not [name for name in names if "capture" in name or "bundle" in name or "__pycache__" in name]


def test_the_handler_loads_from_the_zip_with_only_botocore_there(tmp_path: Path) -> None:
    folder = unpacked(bundle(CONFIG), tmp_path)
    command = [sys.executable, "-I", "-c", LOADS_THERE, str(folder), str(Path(botocore.__file__).parents[1])]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["[{'id': {'S': '1'}, 'place': {'S': 'x'}, 'a': {'N': '1'}}]", "True"]


def test_the_handler_is_named_by_its_path_in_the_zip(tmp_path: Path) -> None:
    folder = unpacked(bundle(CONFIG), tmp_path)
    module, _, function = HANDLER.rpartition(".")
    assert f"def {function}(" in folder.joinpath(*module.split(".")).with_suffix(".py").read_text()
