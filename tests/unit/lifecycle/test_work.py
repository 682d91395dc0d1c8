"""What is told when a control table that nobody needs is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.ledger import OutOfTimeError
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.events import Audience
from pulumi_dynamo_migrator.lifecycle.work import clear_up


@dataclass
class _Ledger:
    raises: Exception | None = None

    @property
    def ledger(self) -> Any:
        return self

    def delete_if_empty(self) -> bool:
        if self.raises is not None:
            raise self.raises
        return True


@dataclass
class _Heard:
    warnings: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def heard_of(ledger: _Ledger) -> list[str]:
    heard = _Heard()
    clear_up(cast(Doors, ledger), cast(Audience, heard))
    return heard.warnings


def test_a_control_table_that_went_is_no_news() -> None:
    assert heard_of(_Ledger()) == []


def test_an_empty_control_table_that_is_left_is_a_warning_and_no_failure() -> None:
    left = OutOfTimeError("The empty control table was left.", now="nothing.")
    (text,) = heard_of(_Ledger(left))
    assert "The empty control table was left." in text


def test_what_else_goes_wrong_is_raised() -> None:
    with pytest.raises(MigratorError, match="no answer"):
        heard_of(_Ledger(MigratorError("AWS gave no answer.", now="run it again.")))
