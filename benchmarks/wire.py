"""The race of the data path and its peers on the wire stub, as parts of the suite: plain, and over TLS.

Rates are items per second of the client's own CPU: what the stub and the machine's other work take does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from benchmarks.contenders.names import CONTENDERS, Contender, Field
from benchmarks.findings import Findings, Goal
from benchmarks.parts import Asked, CannotRunError, Tell
from benchmarks.race import Sample, race
from benchmarks.table import lines_of, ratios, rows_of
from benchmarks.wire_stub import NoStubError, WireStub


@dataclass(frozen=True, slots=True)
class Target:
    """How many times as fast as a peer ours is to be, at least or `at_most`."""

    what: str
    field: Field
    peer: str
    bound: float
    at_most: bool = False


TARGETS = (
    Target("copy ÷ boto3's client", Field.COPY, "boto3 client", 12),
    Target("copy ÷ pydynox", Field.COPY, "pydynox", 2),
    Target("copy ÷ a bare client over http.client", Field.COPY, "bare client, http.client", 0.6),
    Target("copy ÷ a bare client over a socket", Field.COPY, "bare client, socket", 0.6),
    Target("copy ÷ one that tells an engine its progress", Field.COPY, "ours, telling an engine", 1.03, at_most=True),
    Target("converting copy ÷ boto3's resource", Field.CONVERSION, "boto3 resource, converting", 5),
    Target("verify ÷ our copy, an item read", Field.VERIFY, "our copy", 1),
    Target("replicator ÷ one boto3 put a record", Field.REPLICATE, "one boto3 put a record", 5),
)
OVER_TLS = (Target("copy over TLS ÷ boto3's client", Field.COPY, "boto3 client", 9),)


def measure(asked: Asked, tell: Tell) -> Findings:
    """Everyone, or those that are asked for; over TLS if that is."""
    return _found(_contenders(asked.only), asked, tell, tls=asked.tls)


def measure_tls(asked: Asked, tell: Tell) -> Findings:
    """The copies alone, over TLS."""
    return _found(_contenders([Field.COPY.name]), asked, tell, tls=True)


def _contenders(words: Sequence[str]) -> list[Contender]:
    found = [one for one in CONTENDERS if any(word in f"{one.name} {one.field.name}" for word in words or [""])]
    if not found:
        fields, names = ", ".join(field.name for field in Field), ", ".join(one.name for one in CONTENDERS)
        raise CannotRunError(f"nobody is called {' or '.join(words)}: there are {names}; and the fields {fields}")
    return found


def _found(contenders: Sequence[Contender], asked: Asked, tell: Tell, *, tls: bool) -> Findings:
    try:
        with WireStub.start(items=asked.items, tls=tls) as stub:
            samples = race(contenders, stub, rounds=asked.rounds, pages=asked.pages, tell=tell)
    except NoStubError as error:
        raise CannotRunError(str(error)) from error
    fields = {one: rows_of(one, contenders, samples) for one in Field}
    return Findings(
        [list(lines_of(one, rows)) for one, rows in fields.items() if rows],
        list(goals(OVER_TLS if tls else TARGETS, contenders, samples)),
        {
            "tls": tls,
            "fields": {one.name.lower(): [asdict(row) for row in rows] for one, rows in fields.items()},
            "samples": [asdict(sample) for sample in samples],
        },
    )


def goals(targets: Sequence[Target], contenders: Sequence[Contender], samples: Sequence[Sample]) -> Iterator[Goal]:
    """Those whose both sides have run."""
    for target in targets:
        ours = next((one.name for one in contenders if one.field is target.field and one.ours), None)
        found = [] if ours is None else ratios(ours, target.peer, samples)
        if found:
            peer = next(row for row in rows_of(target.field, contenders, samples) if row.name == target.peer)
            assert peer.ratio is not None
            yield Goal(target.what, target.bound, peer.ratio, min(found), max(found), at_most=target.at_most)
