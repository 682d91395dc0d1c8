"""Migration scripts as Pulumi programs: registered by themselves, callbacks called once, errors with their lines."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest

from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.harness import Program

pytestmark = pytest.mark.stack

HEAD = """
import pulumi
from pulumi_dynamo_migrator import Migration, Migrator

def note(*words):
    with open("calls.txt", "a") as calls:
        print(*words, file=calls)

QUICK = Migration(function_timeout=3)
"""

V1 = """
@migrator.version(1)
@migrator.create(
    TableName="first_table",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    BillingMode="PAY_PER_REQUEST",
)
def v1(table):
    note("v1", table["TableName"], table["TableStatus"], table["TableId"])
"""

V2 = """
@migrator.version(2)
@migrator.add_index(
    AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
    GlobalSecondaryIndexes=[
        {
            "IndexName": "by_name",
            "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
)
def v2(table):
    note("v2", *[index["IndexName"] for index in table["GlobalSecondaryIndexes"]])
"""

V3 = """
@migrator.version(3)
@migrator.convert(
    lambda item: {**item, "name": tidy(item.name)},
)
def v3(migrate):
    told = migrate()
    note("v3", told["table"], told["items"], type(told["items"]).__name__, migrate() == told)

def tidy(text):
    return text.strip().title()
"""


DEPENDANT = """
from pulumi_dynamo_migrator import MigratedTable
MigratedTable("after", hash_key="id", attributes={"id": "S"}, tags={"of": migrator.table.name})
"""


def script(*steps: str, named: str = '"customers"') -> dict[str, str]:
    """Give the files of a program that is a script of these steps."""
    migrator = f"migrator = Migrator({named}, migration=QUICK)\n"
    return {"__main__.py": "".join(textwrap.dedent(part) for part in (HEAD, migrator, *steps))}


def calls(stack: Program) -> list[str]:
    """What the callbacks have noted."""
    file = stack.folder / "calls.txt"
    return file.read_text().splitlines() if file.exists() else []


def test_a_script_needs_no_last_line_and_its_callback_is_called_once(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(script(V1, 'pulumi.export("customers", migrator.table.name)\n'))
    told = stack.preview().ok()
    assert "create table first_table" in told.text
    assert calls(stack) == []
    assert account.tables() == []

    stack.up("--skip-preview").ok()
    once = [f"v1 first_table ACTIVE {account.describe('first_table')['TableId']}"]
    assert calls(stack) == once
    assert stack.outputs() == {"customers": "first_table"}
    [resource] = stack.resources(":MigratedTable")
    [step] = resource["outputs"]["steps"]
    assert (step["version"], step["operation"], step["table"]) == (1, "create", "first_table")

    stack.edit(script("# every line has moved\n", V1, 'pulumi.export("customers", migrator.table.name)\n'))
    assert "2 unchanged" in stack.up("--expect-no-changes").ok().text
    assert calls(stack) == once


def test_versions_that_are_added_are_called_once_each_with_the_table_or_a_report(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(script(V1))
    stack.up("--skip-preview").ok()
    account.put("first_table", [{"id": f"{number}", "name": f" ada {number} "} for number in range(30)])
    stack.edit(script(V1, V2, V3))
    stack.up("--skip-preview").ok()
    assert calls(stack)[1:] == ["v2 by_name", "v3 first_table_V3 30 int True"]
    assert account.items("first_table_V3")[0] == {"id": "0", "name": "Ada 0"}
    stack.up("--expect-no-changes").ok()
    assert len(calls(stack)) == 3


def test_a_refresh_after_an_up_that_was_not_saved_does_not_swallow_a_callback(
    account: Account, make_program: MakeProgram
) -> None:
    """The state knows which callbacks were called: a refresh must not put steps into it that no `up` has told of."""
    stack = make_program(script(V1))
    stack.up("--skip-preview").ok()
    stack.edit({"before.json": json.dumps(stack.state())})
    stack.edit(script(V1, V2))
    stack.up("--skip-preview").ok()
    assert calls(stack)[1:] == ["v2 by_name"]
    stack.run("stack", "import", "--file", "before.json").ok()  # as it is when everything dies before it is saved
    stack.refresh("--skip-preview").ok()
    stack.up("--skip-preview").ok()
    assert calls(stack)[1:] == ["v2 by_name", "v2 by_name"]
    stack.up("--refresh", "--expect-no-changes").ok()
    assert len(calls(stack)) == 3


def test_a_new_stack_takes_the_end_of_the_script_and_calls_every_callback_once_with_that_table(
    account: Account, make_program: MakeProgram
) -> None:
    report = V3.replace('told["items"]', 'told["operation"]')
    stack = make_program(script(V1, V2, report))
    stack.config("aws:region", "eu-west-1").ok()
    stack.up("--skip-preview").ok()
    table = stack.resources(":MigratedTable")[0]["outputs"]["name"]
    v1, *others = calls(stack)
    assert v1.split()[:3] == ["v1", table, "ACTIVE"]
    assert others == ["v2 by_name", f"v3 {table} convert str True"]
    assert "arn:aws:dynamodb:eu-west-1:" in stack.resources(":MigratedTable")[0]["outputs"]["arn"]
    assert account.tables() == []  # of the region that nothing was said of
    stack.up("--expect-no-changes").ok()
    assert len(calls(stack)) == 3


def test_a_program_that_raises_half_way_registers_and_changes_nothing(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(script(V1, 'raise ValueError("half a script")\n', V2))
    told = stack.up("--skip-preview").failed()
    assert told.text.count("half a script") == 2, told.text  # the line of the program, and the error
    assert "MigratedTable" not in told.text
    assert account.tables() == []

    stack.edit(script(V1, V2))
    stack.up("--skip-preview").ok()
    before = account.picture()
    for leave in ('raise ValueError("half a script")\n', "raise SystemExit\n"):
        stack.edit(script(V1, leave, V2))
        stack.up("--skip-preview").failed()
        assert account.picture() == before
        assert len(stack.resources(":MigratedTable")) == 1
    assert len(calls(stack)) == 2
    stack.edit(script(V1, V2))
    stack.up("--expect-no-changes").ok()


SPLIT = {
    "shop/__init__.py": "",
    "shop/script.py": HEAD + 'migrator = Migrator("customers", migration=QUICK)\n' + V1,
    "shop/later.py": "from shop.script import migrator, note\n" + V2,
    "__main__.py": """
import asyncio
import pulumi
import shop.later
from shop.script import migrator, note

async def main():
    await asyncio.sleep(0.1)

    @migrator.version(3)
    @migrator.update(DeletionProtectionEnabled=True)
    def v3(table):
        note("v3", table["DeletionProtectionEnabled"])

pulumi.run(main)
""",
}


def test_a_script_may_be_split_over_modules_and_end_in_an_async_program(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(SPLIT)
    stack.up("--skip-preview").ok()
    [resource] = stack.resources(":MigratedTable")
    steps = resource["inputs"]["script"]["steps"]
    assert [(step["version"], step["where"].partition(",")[0]) for step in steps] == [
        (1, "shop/script.py"),
        (2, "shop/later.py"),
        (3, "__main__.py"),
    ]
    assert account.describe("first_table")["DeletionProtectionEnabled"] is True
    assert [line.split()[0] for line in calls(stack)] == ["v1", "v2", "v3"]


def test_two_scripts_in_one_program_are_two_tables(account: Account, make_program: MakeProgram) -> None:
    second = 'migrator = Migrator("suppliers", migration=QUICK)\n' + V1.replace("first_table", "second_table")
    stack = make_program(script(V1, second.replace("v1", "other")))
    stack.up("--skip-preview").ok()
    assert sorted(line.split()[:2] for line in calls(stack)) == [["other", "second_table"], ["v1", "first_table"]]
    stack.up("--expect-no-changes").ok()
    stack.edit(script(V1))
    stack.up("--skip-preview").ok()
    assert "second_table" not in account.tables()
    assert "first_table" in account.tables()


def test_a_callback_that_raises_fails_the_up_and_its_version_stays_applied(
    account: Account, make_program: MakeProgram
) -> None:
    broken = V1.replace('note("v1"', 'note("v1", missing')
    stack = make_program(script(broken, V2, DEPENDANT))
    told = stack.up("--skip-preview").failed()
    assert told.rc == 1
    line = line_of(stack, "missing")
    named = f"the callback v1 of version 1 failed at __main__.py, line {line}: NameError: name 'missing' is not defined"
    assert f'after hook "customers: migration" failed: {named}' in told.text
    assert "version 1 stays applied, and its callback is not called again" in told.text
    assert "Traceback" not in told.text
    [resource] = stack.resources(":MigratedTable")
    assert resource["urn"].endswith("::customers")  # what depends on it was not made
    assert [step["version"] for step in resource["outputs"]["steps"]] == [1, 2]
    assert calls(stack) == ["v2 by_name"]
    stack.up("--skip-preview").ok()
    assert len(stack.resources(":MigratedTable")) == 2
    assert calls(stack) == ["v2 by_name"]


def test_what_is_wrong_with_a_script_fails_the_preview_with_version_and_line(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(script(V1.replace("BillingMode", "BilingMode")))
    told = stack.preview().failed()
    line = line_of(stack, "@migrator.create(")
    assert f"version 1 (__main__.py, line {line}): create: " in told.text
    assert "BilingMode" in told.text
    assert "Traceback" not in told.text
    for wrong, words in {
        V1.replace("version(1)", 'version("one")'): "has the version 'one'",
        V1 + V2.replace("version(2)", "version(1)"): "version 1 is there more than once",
        V1 + V2.replace("@migrator.version(2)\n", ""): "has no version",
        V1 + V2.replace("version(2)", "version(3)"): "version 2 is missing",
        V1 + "migrator.update(BillingMode='PROVISIONED')\n": "has no version",
        V1 + V3.replace("version(3)", "version(2)").replace("tidy(item.name)", "QUICK"): "it uses QUICK",
    }.items():
        stack.edit(script(wrong))
        told = stack.preview().failed()
        assert words in told.text, told.text
        assert "__main__.py, line" in told.text
        assert "Traceback" not in told.text
    assert account.tables() == []


def test_applied_steps_that_are_edited_or_removed_fail_the_preview_and_change_nothing(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(script(V1, V2))
    stack.up("--skip-preview").ok()
    before = account.picture()
    for wrong, words in {
        V1 + V2.replace("by_name", "by_names"): "version 2 (__main__.py, line ",
        V1: "version 2 (add_index) was applied on ",
    }.items():
        stack.edit(script(wrong))
        assert words in stack.preview().failed().text
        assert words in stack.up("--skip-preview").failed().text
    assert account.picture() == before
    assert len(calls(stack)) == 2


def test_the_script_of_the_documentation_is_one(account: Account, make_program: MakeProgram) -> None:
    page = Path(__file__).parents[2].joinpath("docs", "scripts.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    stack = make_program({"__main__.py": "\n".join(blocks)})
    assert "plan: create table customers_V4 (key last_name S, customer_nr S)" in stack.preview().ok().text


def line_of(stack: Program, words: str) -> int:
    """Give the number of the first line of the program that has these words."""
    lines = (stack.folder / "__main__.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)
