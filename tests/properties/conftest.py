"""What the laws over whole lives share."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin's first argument is the engine's address."""
    monkeypatch.setattr(sys, "argv", ["plugin"])
