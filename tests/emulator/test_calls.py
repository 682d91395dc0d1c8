"""Which calls a preview, a refresh and an `up` make where little or nothing has changed: exactly these, and no others.

Each call is time that a user waits. What a call is for stands beside it; one more needs as good a reason.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from pulumi_dynamo_migrator.bags.outputs import differs
from pulumi_dynamo_migrator.lifecycle.converge import create, update
from pulumi_dynamo_migrator.lifecycle.preview import check
from pulumi_dynamo_migrator.lifecycle.refresh import read
from pulumi_dynamo_migrator.system import TIMING_VARIABLE
from tests.emulator.life import TIMING, urn_of
from tests.emulator.proxy import Proxy
from tests.fakes.doors import SERVICES
from tools.embedded_aws import EmbeddedAws

FIND = "BatchGetItem"
"""The ledger's entry with its pointer: one read."""

SETTINGS = ["DescribeTimeToLive", "DescribeContinuousBackups", "ListTagsOfResource"]
"""What DescribeTable does not tell: only where something has changed, or is looked for."""


@dataclass
class Stack:
    """One resource as Pulumi's engine keeps it, called in this process, through a proxy that counts."""

    proxy: Proxy
    configuration: dict[str, str]
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    id: str = ""

    def preview(self, **arguments: Any) -> tuple[list[str], bool]:
        """The calls of a preview, and whether it would change anything."""
        self.proxy.reset()
        asked = {"hash_key": "id", "attributes": {"id": "S"}, "__urn": urn_of("counted"), **arguments}
        inputs, failures = check(self.inputs, {**asked, "_dry": True}, configuration=self.configuration)
        assert failures == []
        changes = not self.id or differs(self.outputs, inputs, now=time.time())
        return self._calls(), changes

    def up(self, **arguments: Any) -> list[str]:
        """The calls of an `up` without its preview: check, diff, and create or update where there is a difference."""
        self.proxy.reset()
        asked = {"hash_key": "id", "attributes": {"id": "S"}, "__urn": urn_of("counted"), **arguments}
        self.inputs, failures = check(self.inputs, asked, configuration=self.configuration)
        assert failures == []
        if not self.id:
            self.id, self.outputs = create(self.inputs, configuration=self.configuration)
        elif differs(self.outputs, self.inputs, now=time.time()):
            self.outputs = update(self.id, self.inputs, configuration=self.configuration)
        return self._calls()

    def refresh(self) -> tuple[list[str], bool]:
        """The calls of a refresh, and whether it has found drift."""
        self.proxy.reset()
        _, outputs, drift = read(self.id, self.outputs, configuration=self.configuration)
        assert outputs["phase"] == "ready"
        return self._calls(), drift is not None

    def _calls(self) -> list[str]:
        return [call.partition(".")[2] for call in self.proxy.calls]


@contextmanager
def stack_on(aws: EmbeddedAws) -> Iterator[Stack]:
    """A stack with nothing in it, in an account of its own."""
    aws.reset()
    told = aws.environment()
    with Proxy(aws.endpoint) as proxy:
        configuration = {
            "aws:endpoints": json.dumps([dict.fromkeys(SERVICES, proxy.endpoint)]),
            "aws:region": told["AWS_REGION"],
            "aws:accessKey": told["AWS_ACCESS_KEY_ID"],
            "aws:secretKey": told["AWS_SECRET_ACCESS_KEY"],
        }
        yield Stack(proxy, configuration)
    aws.reset()


@pytest.fixture
def stack(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """Give a stack whose table is there, with one tag."""
    monkeypatch.setenv(TIMING_VARIABLE, json.dumps({**json.loads(TIMING), "heartbeat": 60, "lease": 120}))
    with stack_on(aws) as stack:
        stack.up(tags={"team": "blue"})
        yield stack


def test_a_preview_of_an_unchanged_stack_reads_the_ledger_once_and_describes_the_served_table(stack: Stack) -> None:
    calls = [FIND, "DescribeTable"]
    assert stack.preview(tags={"team": "blue"}) == (calls, False)
    assert stack.up(tags={"team": "blue"}) == calls


def test_a_refresh_reads_the_ledger_once_and_each_of_the_tables_settings_once(stack: Stack) -> None:
    assert stack.refresh() == (["GetItem", "DescribeTable", *SETTINGS], False)


def test_a_first_preview_asks_whether_there_is_an_entry_and_no_more(stack: Stack) -> None:
    stack.inputs, stack.id = {}, ""
    calls, changes = stack.preview(__urn=urn_of("another"))
    assert (calls, changes) == ([FIND], True)


def test_a_changed_tag_is_previewed_with_one_look_at_the_table_and_one_at_each_setting(stack: Stack) -> None:
    assert stack.preview(tags={"team": "red"}) == ([FIND, "DescribeTable", *SETTINGS], True)


def test_an_up_that_changes_one_tag_makes_these_calls(stack: Stack) -> None:
    assert stack.up(tags={"team": "red"}) == [
        *(FIND, "DescribeTable", *SETTINGS),  # check plans
        "GetItem",  # update reads the entry,
        *("DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups"),  # sees the control table in good order,
        *("GetItem", "TransactWriteItems", "GetItem"),  # takes the lease, and reads the entry again under it,
        *("DescribeTable", *SETTINGS),  # plans again,
        "TransactWriteItems",  # writes down that it has begun,
        *("DescribeTable", "ListTagsOfResource", "TagResource", "DescribeTable"),  # sets the tag on a table of its own,
        "TransactWriteItems",  # writes down that it is done,
        "UpdateItem",  # gives the lease back,
        "DescribeTable",  # and tells the stream
    ]
    assert stack.preview(tags={"team": "red"}) == ([FIND, "DescribeTable"], False)
