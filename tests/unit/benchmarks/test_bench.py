"""The benchmark's harness runs, counts what was really written, and says what it cannot do. Nothing here is timed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from benchmarks import bench, wire
from benchmarks.contenders.names import CONTENDERS, Contender, Field
from benchmarks.parts import Asked, CannotRunError
from benchmarks.race import ContenderError, Sample, environment, run
from benchmarks.table import lines_of, rows_of
from benchmarks.wire_stub import NoStubError, WireStub, build, cached_stub
from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.retry import Patience, Retry
from pulumi_dynamo_migrator.aws.wire import wire_of
from pulumi_dynamo_migrator.items import Outcome
from pulumi_dynamo_migrator.system import SystemClock

ITEMS = 60
OURS = Contender("ours", Field.COPY, "ours:copy", ours=True)
THEIRS = Contender("boto3 client", Field.COPY, "boto:client")


def test_a_word_that_no_contender_has_is_told_with_those_there_are() -> None:
    with pytest.raises(CannotRunError, match=r"nobody is called replicate: there are ours, .* fields .*REPLICATE"):
        wire.measure(Asked(rounds=1, pages=1, items=1, only=("replicate",)), print)


def test_without_go_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert bench.main(["--wire", "--rounds", "1"]) == 1
    assert "Go is not installed" in capsys.readouterr().err


def test_a_small_race_counts_what_the_stub_was_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "CONTENDERS", (OURS, THEIRS))
    written = tmp_path / "bench.json"
    drawn = tmp_path / "copies.svg"
    sizes = ["--rounds", "1", "--pages", "2", "--items", str(ITEMS)]
    ended = bench.main(["--wire", *sizes, "--json", str(written), "--picture", str(drawn)])
    if not _has_go():
        assert ended == 1
        return
    assert ended == 0
    report = json.loads(written.read_text())["parts"]["wire"]
    # One page to warm up, and two that count.
    assert [(s["contender"], s["items"], s["written"]) for s in report["samples"]] == [
        (one.name, 2 * ITEMS, 3 * ITEMS) for one in (OURS, THEIRS)
    ]
    assert [row["name"] for row in report["fields"]["copy"]] == ["ours", "boto3 client"]
    assert [goal["what"] for goal in report["goals"]] == ["copy ÷ boto3's client"]
    said = capsys.readouterr().out
    assert "| boto3 client |" in said
    assert "| copy ÷ boto3's client | ≥ 12 × |" in said
    assert "boto3 client" in drawn.read_text(encoding="utf-8")


def test_a_contender_that_fails_is_told_with_its_last_words() -> None:
    if not _has_go():
        return
    with WireStub.start(items=1) as stub, pytest.raises(ContenderError, match="no attribute 'nobody'"):
        run(Contender("nobody", Field.COPY, "bare:nobody"), stub, pages=1)


def test_ours_runs_as_well_while_it_tells_an_engine() -> None:
    if not _has_go():
        return
    with WireStub.start(items=ITEMS) as stub:
        assert run(Contender("ours, telling an engine", Field.COPY, "told:copy"), stub, pages=1).items == ITEMS


@pytest.mark.parametrize("one", [one for one in CONTENDERS if one.ours], ids=lambda one: one.name)
def test_each_of_ours_does_its_work_at_the_stub(one: Contender) -> None:
    """One that fails is only left out of the table."""
    if not _has_go():
        return
    with WireStub.start(items=ITEMS) as stub:
        assert run(one, stub, pages=1).items > 0


def test_every_contender_is_there_once_and_every_field_has_ours() -> None:
    assert len({one.name for one in CONTENDERS}) == len(CONTENDERS)
    assert {one.field for one in CONTENDERS if one.ours} == set(Field)


def test_a_table_tells_the_median_and_how_many_times_ours_it_is() -> None:
    samples = [_sample("ours", cpu) for cpu in (1.0, 2.0, 4.0)] + [_sample("boto3 client", cpu) for cpu in (8.0, 10.0)]
    ours, theirs = rows_of(Field.COPY, (OURS, THEIRS), samples)
    assert (ours.lowest, ours.median, ours.highest, ours.ratio) == (250, 500, 1000, None)
    assert (theirs.median, theirs.ratio) == (112.5, 500 / 112.5)
    assert list(lines_of(Field.COPY, [ours, theirs]))[-1] == (
        "| boto3 client | 0.1k | 0.1k | 0.1k | 0.5k | 1 MB | 4.44 × |"
    )


def test_every_target_is_about_contenders_that_there_are() -> None:
    fields = {(one.name, one.field) for one in CONTENDERS}
    for target in (*wire.TARGETS, *wire.OVER_TLS):
        assert (target.peer, target.field) in fields


def test_a_goal_of_the_race_has_the_ratio_of_medians_and_the_extremes_of_single_rounds() -> None:
    samples = [_sample("ours", cpu) for cpu in (1.0, 2.0, 4.0)] + [_sample("boto3 client", 16.0) for _ in range(3)]
    (goal,) = wire.goals(wire.TARGETS, (OURS, THEIRS), samples)
    assert (goal.value, goal.lowest, goal.highest, goal.met) == (8.0, 4.0, 16.0, False)


def _sample(name: str, cpu: float) -> Sample:
    return Sample(name, items=1000, wall=2.0, cpu=cpu, memory_kb=1024, written=1000)


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def stub(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[WireStub | None]:
    """A stub in AWS's place; none where there is no Go."""
    if not _has_go():
        yield None
        return
    with WireStub.start(items=30, tls=request.param) as stub:
        for name, value in environment(stub).items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        yield stub


def test_the_stub_throttles_and_fails_as_it_is_told(stub: WireStub | None) -> None:
    if stub is None:
        return
    items = _items()
    new = [{"pk": {"S": str(n)}} for n in range(10)]
    stub.order(throttle=2)
    assert items.scan_page("source-1", segment=0, total=1, cursor=None).cursor is None
    answers = items.insert_if_absent("t", new, hash_key="pk").answers
    assert [answer.outcome for answer in answers] == [Outcome.INSERTED] * 10
    assert stub.counts() == {"requests": 3, "pages": 1, "written": 10, "throttled": 1, "failed": 0}
    stub.order(fail=5, fail_code="DuplicateItem")
    found = [answer.outcome for answer in items.insert_if_absent("t", new, hash_key="pk").answers]
    assert found.count(Outcome.PRESENT) == stub.counts()["failed"] == 2
    stub.order(unprocessed=4)
    puts: Any = [{"PutRequest": {"Item": item}} for item in new]
    left = boto3.client("dynamodb").batch_write_item(RequestItems={"t": puts})["UnprocessedItems"]
    assert len(left["t"]) == 2
    assert stub.counts()["written"] == 8


def test_a_table_has_the_pages_that_its_name_says(stub: WireStub | None) -> None:
    if stub is None:
        return
    items = _items()
    for total in (1, 3):
        found = 0
        for segment in range(total):
            cursor: bytes | None = None
            while True:
                page = items.scan_page("source-4", segment=segment, total=total, cursor=cursor)
                found += len(page.wire_items())
                cursor = page.cursor
                if cursor is None:
                    break
        assert found == 4 * 30


def test_a_stub_is_built_once_for_each_state_of_its_sources(tmp_path: Path) -> None:
    place = cached_stub({"XDG_CACHE_HOME": str(tmp_path)})
    assert place == cached_stub({"XDG_CACHE_HOME": str(tmp_path)})
    with pytest.raises(NoStubError, match="install Go"):
        build({"XDG_CACHE_HOME": str(tmp_path), "PATH": ""})
    place.parent.mkdir(parents=True)
    place.write_text("")
    assert build({"XDG_CACHE_HOME": str(tmp_path), "PATH": ""}) == place


def _items() -> DynamoItems:
    session = boto3.Session()
    patience = Patience(throttled=10, failing=1)
    retry = Retry(SystemClock(), random=lambda: 0.0, guard=lambda: None, patience=patience)
    return DynamoItems(wire_of(session, session.client("dynamodb")).call, retry=retry)


def _has_go() -> bool:
    return shutil.which("go") is not None
