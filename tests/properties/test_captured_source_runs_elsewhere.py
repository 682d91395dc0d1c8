"""Law: capture → JSON → load gives the same results in an interpreter that has only what Lambda has."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_dynamo_migrator import conversion
from pulumi_dynamo_migrator.conversion.capture import capture
from pulumi_dynamo_migrator.conversion.values import decode, digest, encode
from tests.properties.strategies import plain_items, plain_values, wire_items
from tests.soaking import dose

RUN_THERE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pulumi_dynamo_migrator.conversion.load import load
from pulumi_dynamo_migrator.conversion.source import CapturedSource
from pulumi_dynamo_migrator.conversion.values import decode, digest, encode
given = json.load(sys.stdin)
functions = [load(CapturedSource.from_json(source)) for source in given["sources"]]
print(json.dumps([digest(encode(f(decode(item)))).hex() for f in functions for item in given["items"]]))
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped files, with an empty package above them."""
    folder = tmp_path_factory.mktemp("lambda")
    ignored = shutil.ignore_patterns("capture", "__pycache__")
    shutil.copytree(Path(conversion.__file__).parent, folder / "pulumi_dynamo_migrator" / "conversion", ignore=ignored)
    (folder / "pulumi_dynamo_migrator" / "__init__.py").write_text("")
    return folder


def helper(value: Any, depth: int = 0) -> Any:
    return [value, depth] if depth > 1 else helper(value, depth + 1)


def holding(value: Any) -> Callable[[Any], Any]:
    def convert(item: Any) -> Any:
        return {**item, "value": helper(value)}

    return convert


def defaulting(value: Any) -> Callable[[Any], Any]:
    def convert(item: Any, value: Any = value) -> Any:
        return {"size": len(item), "value": value}

    return convert


def nesting(inner: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    return lambda item: {"inner": inner(item), "name": name}


functions = st.recursive(
    st.builds(holding, plain_values) | st.builds(defaulting, plain_items),
    lambda inner: st.builds(nesting, inner, st.text(max_size=3)),
    max_leaves=3,
)


@settings(max_examples=dose(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(functions, min_size=1, max_size=8), st.lists(wire_items, min_size=1, max_size=4))
def test_a_captured_function_gives_the_same_elsewhere(
    there: Path, made: list[Callable[[Any], Any]], items: list[dict[str, Any]]
) -> None:
    sources = [json.loads(json.dumps(capture(function).to_json())) for function in made]
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN_THERE, str(there)],
        input=json.dumps({"sources": sources, "items": items}),
        cwd=there,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    here = [digest(encode(function(decode(item)))).hex() for function in made for item in items]
    assert json.loads(ran.stdout) == here
