"""An entry in the ledger reads well and comes back whole."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from pulumi_dynamo_migrator.aws.ledger.copying import segment_of, segment_row
from pulumi_dynamo_migrator.aws.ledger.entries import entry_of, entry_row, pointer_row
from pulumi_dynamo_migrator.backfill.segments import Segment, Tally
from pulumi_dynamo_migrator.model.history import Entry
from tests.fakes.ledger import FULL, GROWN, SMALL, row_before_fences

ROOT = Path(__file__).resolve().parents[3]


def test_a_full_entry_comes_back_as_it_was() -> None:
    assert entry_of(entry_row(FULL)) == FULL


def test_an_entry_that_has_only_what_it_must_comes_back_too() -> None:
    assert entry_of(entry_row(SMALL)) == SMALL


def test_everything_that_an_entry_can_hold_comes_back_times_to_the_last_digit() -> None:
    assert entry_of(entry_row(GROWN)) == GROWN


def test_nothing_that_an_entry_can_hold_is_forgotten_by_these_tests() -> None:
    plain = {field.name: field.default for field in fields(Entry)}
    assert [name for name, value in plain.items() if getattr(GROWN, name) == value] == ["attempts"]


def test_an_entry_that_was_written_before_there_were_fences_is_read_as_it_was_meant() -> None:
    assert entry_of(row_before_fences()) == FULL


def test_the_item_is_native_and_holds_no_nulls() -> None:
    row = entry_row(SMALL)
    assert row["pk"] == {"S": "table#orders-1"}
    assert row["sk"] == {"S": "entry"}
    assert row["phase"] == {"S": "new"}
    assert row["revision"] == {"N": "0"}
    assert "error" not in row
    assert "M" in entry_row(FULL)["migration"]


def test_an_attribute_from_a_newer_version_of_this_package_does_no_harm() -> None:
    assert entry_of({**entry_row(SMALL), "tomorrow": {"S": "x"}}) == SMALL


def test_a_pointer_leads_from_a_urn_to_its_entry() -> None:
    assert pointer_row("urn:x", "orders-1") == {
        "pk": {"S": "urn#urn:x"},
        "sk": {"S": "pointer"},
        "entry": {"S": "orders-1"},
    }


def test_a_segment_comes_back_as_it_was() -> None:
    begun = Segment(7, 12, cursor=b'{"pk":{"S":"x"}}', tally=Tally(read=5, inserted=3, present=1, dropped=1, bytes=900))
    done = Segment(0, 1, done=True)
    assert [segment_of(segment_row("migration#m", one)) for one in (begun, done)] == [begun, done]
    assert segment_row("migration#m", begun)["sk"] == {"S": "segment#0007"}


FIRST = """
import sys, threading, time
from pulumi_dynamo_migrator.aws.ledger.entries import entry_of, entry_row
from tests.fakes.ledger import FULL

row, apart = entry_row(FULL), float(sys.argv[1])
sys.setswitchinterval(1e-5)
together = threading.Barrier(8)

def read(number):
    together.wait()
    time.sleep(number * apart)
    assert entry_of(row) == FULL

threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize("apart", [0, 0.0001, 0.0003])
def test_many_threads_may_read_the_first_entries_of_a_process(apart: float) -> None:
    """msgspec learns a dataclass on first use, and ends the process where another thread comes into it."""
    command = [sys.executable, "-c", FIRST, str(apart)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
