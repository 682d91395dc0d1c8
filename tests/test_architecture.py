"""What may import what, what is frozen for ever, and what no test may do. Reads source text; runs nothing of it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_dynamo_migrator.bags.outputs import ECHOED, outputs
from pulumi_dynamo_migrator.bags.shapes import ARGUMENTS, OPTIONS
from pulumi_dynamo_migrator.provider import MigratedTableProvider
from pulumi_dynamo_migrator.resource import OUTPUTS, TYPE, MigratedTable
from tests.fakes.plans import IDENTITY, entry, table

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "pulumi_dynamo_migrator"
SOURCES = sorted((ROOT / PACKAGE).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MOST_LINES = 300


def relative(path: Path) -> str:
    return path.relative_to(ROOT / PACKAGE).as_posix()


def inside(folder: str, *but: str) -> list[Path]:
    """The modules of one folder of the package, but for some files and folders."""
    return [
        path
        for path in SOURCES
        if relative(path).startswith(f"{folder}/") and not relative(path).removeprefix(f"{folder}/").startswith(but)
    ]


def imports(path: Path) -> Iterator[str]:
    """Every module that a file names in an import, at any depth; not what only a type checker reads."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(node) for block in ast.walk(tree) if _for_types_only(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield _absolute(node, path)


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _absolute(node: ast.ImportFrom, path: Path) -> str:
    if not node.level:
        return node.module or ""
    parents = path.relative_to(ROOT).parent.parts
    kept = parents[: len(parents) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def users_of(*packages: str) -> set[str]:
    return {relative(path) for path in SOURCES if any(name.split(".")[0] in packages for name in imports(path))}


def test_only_the_doors_and_the_lambda_know_boto() -> None:
    strangers = {path for path in users_of("boto3", "botocore") if not path.startswith("aws/")}
    assert strangers == {"replicate/handler.py"}


def test_only_these_modules_know_pulumi() -> None:
    known = {"resource.py", "script.py", "provider.py", "console.py", "aws_provider.py"}
    assert users_of("pulumi", "pulumi_aws") <= known


def test_msgspec_learns_types_on_import_alone() -> None:
    """On first use several threads may be at it, which it does not bear: aws/ledger/entries.py."""
    late = {
        relative(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"msgspec.json.decode", "msgspec.msgpack.decode"}
        if any(keyword.arg == "type" for keyword in node.keywords)
    }
    assert late == set()


def test_pulumi_aws_is_never_imported() -> None:
    assert users_of("pulumi_aws") == set()


SHIPPED = [*inside("conversion", "capture"), *inside("replicate", "bundle.py")]


@pytest.mark.parametrize("path", SHIPPED, ids=relative)
def test_what_lambda_runs_needs_only_the_standard_library(path: Path) -> None:
    own = (f"{PACKAGE}.conversion", f"{PACKAGE}.replicate", f"{PACKAGE}.errors")
    boto = ("boto3", "botocore") if relative(path) == "replicate/handler.py" else ()
    for name in imports(path):
        top = name.split(".")[0]
        assert top in sys.stdlib_module_names or top in boto or name.startswith(own), name


@pytest.mark.parametrize("path", [*inside("plan"), *inside("model")], ids=relative)
def test_deciding_knows_no_aws(path: Path) -> None:
    assert [name for name in imports(path) if name.startswith(f"{PACKAGE}.aws")] == []


@pytest.mark.parametrize("path", inside("model"), ids=relative)
def test_nouns_know_only_nouns(path: Path) -> None:
    own = (f"{PACKAGE}.model", f"{PACKAGE}.conversion")
    assert all(name.startswith(own) for name in imports(path) if name.startswith(PACKAGE))


def test_the_providers_path_is_in_every_users_state() -> None:
    assert f"{MigratedTableProvider.__module__}.{MigratedTableProvider.__qualname__}" == (
        "pulumi_dynamo_migrator.provider.MigratedTableProvider"
    )


def test_the_provider_is_kept_as_a_reference_and_its_text_never_changes() -> None:
    text = serialize_provider(MigratedTableProvider())
    assert text == (
        "gASVQAAAAAAAAACMH3B1bHVtaV9keW5hbW9fbWlncmF0b3IucHJvdmlkZXKUjBVNaWdyYXRlZFRhYmxlUHJvdmlkZXKUk5QpgZQu"
    )
    assert vars(MigratedTableProvider()) == {}


def test_the_type_token_never_changes() -> None:
    assert TYPE == "pulumi-python:dynamic/dynamo:MigratedTable"
    assert getattr(MigratedTable, "_resource_type_name") == "dynamic/dynamo:MigratedTable"  # noqa: B009 (untyped)


def test_the_names_of_inputs_never_change() -> None:
    assert set(ARGUMENTS) >= {
        "name",
        "adopt",
        "region",
        "hash_key",
        "range_key",
        "attributes",
        "local_secondary_indexes",
        "global_secondary_indexes",
        "billing_mode",
        "read_capacity",
        "write_capacity",
        "on_demand_throughput",
        "warm_throughput",
        "stream_enabled",
        "stream_view_type",
        "ttl",
        "point_in_time_recovery",
        "server_side_encryption",
        "table_class",
        "deletion_protection_enabled",
        "tags",
        "conversions",
        "migration",
    }
    assert set(OPTIONS) >= {
        "verify",
        "on_item_error",
        "segments",
        "workers",
        "max_write_units",
        "max_read_units",
        "function_timeout",
        "accept_failed_items",
        "wait_for",
        "copy_within",
        "role",
        "permissions_boundary",
    }


def test_the_names_of_outputs_never_change() -> None:
    told = outputs(entry(), table(), {}, stream_arns={}, conflicts=0, failed_items=0)
    assert set(told) >= {
        "name",
        "arn",
        "stream_arn",
        "stream_arns",
        "hash_key",
        "range_key",
        "version",
        "phase",
        "tables",
        "history",
        "error",
        "conflicts",
        "failed_items",
        "__urn",
        "__aws",
        "__asked",
        "__named",
    }
    assert set(OUTPUTS) <= set(told) | {"plan"}


def test_every_input_comes_back_as_an_output() -> None:
    bag = dict.fromkeys(ARGUMENTS, "x") | {"conversions": [], "migration": {}, "__urn": IDENTITY.urn}
    told = outputs(entry(), table(), bag, stream_arns={}, conflicts=0, failed_items=0)
    assert set(ARGUMENTS) <= set(told)
    assert set(ECHOED) == set(ARGUMENTS) - {"name", "hash_key", "range_key"}


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_module_says_what_it_is_for_and_stays_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert ast.get_docstring(ast.parse(text)), "no docstring"


MAY_SKIP = ROOT / "tests" / "contracts" / "conftest.py"
"""DynamoDB Local needs Java and Maven, which nobody has to install."""


@pytest.mark.parametrize(
    "path", [path for path in TESTS if path != MAY_SKIP], ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_no_test_is_skipped_excused_or_patches_what_it_tests(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & {"skip", "skipif", "xfail", "importorskip", "mock"}
    assert not [name for name in imports(path) if name.startswith("unittest.mock") or name == "mock"]


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_module_is_called_after_nothing(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "common", "misc"}
