"""The harness itself: the engine that was found runs a dynamic provider from its creation to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.stacks.conftest import MakeProgram

pytestmark = pytest.mark.stack

PROGRAM = """
import pulumi
import notes

pulumi.export("text", notes.Note("one", text="hello").text)
"""

PROVIDER = """
from pathlib import Path

import pulumi
import time
from pulumi import dynamic


class NoteProvider(dynamic.ResourceProvider):
    def create(self, props):
        if props["text"] == "slow":
            Path("creating").touch()
            while not Path("enough").exists():
                time.sleep(0.05)
        return dynamic.CreateResult("note", dict(props))

    def diff(self, id, olds, news):
        return dynamic.DiffResult(changes=olds["text"] != news["text"])

    def update(self, id, olds, news):
        if news["text"] == "bad":
            raise ValueError("this text cannot be written")
        return dynamic.UpdateResult(dict(news))


class Note(dynamic.Resource):
    text: pulumi.Output[str]

    def __init__(self, name, text, opts=None):
        super().__init__(NoteProvider(), name, {"text": text}, opts)
"""

FILES = {"__main__.py": PROGRAM, "notes.py": PROVIDER}
SLOW = {**FILES, "__main__.py": PROGRAM.replace("hello", "slow")}


def test_a_program_is_created_left_alone_changed_and_destroyed(make_program: MakeProgram) -> None:
    program = make_program(FILES)
    assert "create" in program.preview().ok().stdout
    program.up().ok()
    assert program.outputs() == {"text": "hello"}

    assert "2 unchanged" in program.up().ok().stdout
    assert [step["op"] for step in program.preview(json=True).ok().json["steps"]] == ["same"]

    program.edit({"__main__.py": PROGRAM.replace("hello", "good day")})
    assert "1 updated" in program.up().ok().stdout
    program.refresh().ok()
    assert program.resources(":Resource")[0]["outputs"]["text"] == "good day"

    program.destroy().ok()
    assert program.resources() == []


def test_a_failing_provider_fails_the_command_and_shows_why(make_program: MakeProgram) -> None:
    program = make_program(FILES)
    program.up().ok()
    program.edit({"__main__.py": PROGRAM.replace("hello", "bad")})
    assert "this text cannot be written" in program.up().failed().text


def test_a_killed_cli_leaves_a_provider_and_a_lock_and_cancel_takes_the_lock_away(make_program: MakeProgram) -> None:
    program = make_program(SLOW)
    running = program.start("up", "--yes", "--skip-preview")
    plugin = running.plugin()
    eventually_there(program.folder / "creating")
    running.kill_cli()
    assert plugin in program.processes()

    assert "locked" in program.up().failed().text
    program.cancel().ok()
    (program.folder / "enough").touch()
    program.up().ok()
    program.close()
    assert program.processes() == []


def test_a_killed_provider_fails_the_command(make_program: MakeProgram) -> None:
    program = make_program(SLOW)
    running = program.start("up", "--yes", "--skip-preview")
    eventually_there(program.folder / "creating")
    running.kill_plugin()
    running.wait().failed()


def eventually_there(path: Path) -> None:
    def there() -> None:
        assert path.exists(), f"{path} is not there"

    eventually(there, within=60)
