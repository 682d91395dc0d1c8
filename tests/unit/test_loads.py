"""What is loaded when: each module costs time in every `pulumi preview`. Each test is a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

PACKAGE = "pulumi_dynamo_migrator"


def loaded(code: str) -> set[str]:
    """Every module that is there once the code has run."""
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


def within(modules: set[str], *names: str) -> set[str]:
    """The modules that are one of these, or in one of them."""
    return {one for one in modules if any(one == name or one.startswith(f"{name}.") for name in names)}


def test_a_users_program_loads_neither_boto_nor_the_work_behind_the_provider() -> None:
    modules = loaded(f"from {PACKAGE} import Conversion, MigratedTable, Migration, Retire")
    assert within(modules, f"{PACKAGE}.resource")
    behind = [f"{PACKAGE}.{name}" for name in ("aws", "backfill", "lifecycle", "plan.planner", "steps", "verify")]
    behind += [f"{PACKAGE}.conversion.capture"]
    assert within(modules, "boto3", "botocore", "msgspec", "pulumi_aws", *behind) == set()


def test_the_plugin_does_not_load_what_only_programs_need() -> None:
    modules = loaded(f"import {PACKAGE}.provider")
    assert within(modules, f"{PACKAGE}.resource", f"{PACKAGE}.script", f"{PACKAGE}.conversion.capture") == set()


def test_a_preview_that_finds_nothing_changed_loads_no_planner_and_no_data_path() -> None:
    modules = loaded(f"import {PACKAGE}.provider, {PACKAGE}.lifecycle.preview, {PACKAGE}.bags.outputs")
    assert within(modules, f"{PACKAGE}.lifecycle.unchanged")
    behind = ("aws.doors", "aws.wire", "backfill", "lowering", "plan.planner", "replicate", "steps", "verify")
    assert within(modules, *(f"{PACKAGE}.{name}" for name in behind)) == set()


@pytest.mark.parametrize("name", ["Conversion", "MigratedTable", "Migration", "Migrator", "MigratorError", "Retire"])
def test_every_name_of_the_package_can_be_imported(name: str) -> None:
    package = __import__(PACKAGE)
    assert name in package.__all__
    assert getattr(package, name).__name__ == name
