"""Secrets stay secret: neither an input that is one nor the stack's keys get into state, outputs or ledger in clear."""

from __future__ import annotations

import json

import pytest

from tests.stacks.account import Account
from tests.stacks.conftest import MakeProgram
from tests.stacks.programs import PLAIN, RANGED, Code, program

pytestmark = pytest.mark.stack

WORD = "OWNSECRETWORD"
SECRET_TAG = {"owner": Code(f"pulumi.Output.secret({WORD!r})")}


def test_a_secret_input_and_the_keys_of_the_stack_are_nowhere_in_clear(
    account: Account, make_program: MakeProgram
) -> None:
    stack = make_program(program(**PLAIN, tags=SECRET_TAG))
    stack.config("aws:region", "us-east-1").ok()
    stack.run("config", "set", "--secret", "aws:accessKey", "test").ok()
    stack.run("config", "set", "--secret", "aws:secretKey", "KEYOFTHESTACK").ok()
    stack.up("--skip-preview").ok()
    assert account.settings(stack.outputs()["name"])["tags"] == {"owner": WORD}
    account.put(stack.outputs()["name"], [{"id": "a", "at": 1}])
    stack.edit(program(**RANGED, tags=SECRET_TAG))
    preview = stack.preview("--diff").ok().text
    stack.up("--skip-preview").ok()
    stack.refresh("--skip-preview").ok()
    told = [preview, json.dumps(stack.state()), json.dumps(account.ledger(), default=repr)]
    for text in told:
        assert WORD not in text
        assert "KEYOFTHESTACK" not in text
    assert account.settings(stack.outputs()["name"])["tags"] == {"owner": WORD}
    stack.preview("--expect-no-changes").ok()
