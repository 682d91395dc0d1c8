"""The words of a command line lead to one command; what goes wrong is one sentence and an exit code."""

from __future__ import annotations

import pytest

from pulumi_dynamo_migrator.__main__ import COMMANDS, main
from pulumi_dynamo_migrator.cli.command import Exit


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert all(command.NAME in told for command in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [[], ["fly"], ["stop"], ["stop", "orders", "--wait", "-1"], ["stop", "orders", "--wait", "soon"]],
    ids=" ".join,
)
def test_a_line_that_is_not_understood_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: python -m pulumi_dynamo_migrator" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["status"], ["stop", "orders"]], ids=" ".join)
def test_no_region_is_a_sentence_with_what_now(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) is Exit.FAILED
    told = capsys.readouterr().err
    assert told.startswith("error: No AWS region is known.\n  what now: give --region")


def test_no_credentials_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--region", "eu-west-1"]) is Exit.FAILED
    assert "error: No AWS credentials are configured." in capsys.readouterr().err


def test_an_unknown_profile_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--region", "eu-west-1", "--profile", "nobody"]) is Exit.FAILED
    assert "nobody" in capsys.readouterr().err
