"""A lease, with what its holder was asked, as an item that a person can read in the console, and back. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pulumi_dynamo_migrator.aws.ledger.entries import entry_pk
from pulumi_dynamo_migrator.aws.ledger.owner import Owner
from pulumi_dynamo_migrator.aws.ledger.rows import Row
from pulumi_dynamo_migrator.conversion.values import decode, encode

LEASE = "lease"


@dataclass(frozen=True, slots=True)
class StopRequest:
    """Somebody wants the holder to stop at its next checkpoint: who, when (epoch seconds), and why."""

    by: str
    at: float
    because: str = ""

    def __str__(self) -> str:
        return f"by {self.by} at {time_text(self.at)}{self.because and f', because: {self.because}'}"


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as it stands.

    `beat`: the owner's last sign of life; `settles`: from when on no request of an earlier owner that did not release
    it can take effect any more (epoch seconds), None where there was none. `stop` goes with the lease: whoever takes
    the next one was not asked.
    """

    entry_id: str
    token: str
    fence: int
    owner: Owner
    since: float
    beat: float
    until: float
    released: bool = False
    settles: float | None = None
    stop: StopRequest | None = None

    def __str__(self) -> str:
        return f"{self.owner}, since {time_text(self.since)}, until {time_text(self.until)} unless it is renewed"


def lease_row(lease: Lease) -> Row:
    """The lease's item."""
    fields = {name: value for name, value in asdict(lease).items() if value is not None and name != "entry_id"}
    times = {name: decimal(value) for name, value in fields.items() if isinstance(value, float)}
    asked = {} if lease.stop is None else {"stop": stop_fields(lease.stop)}
    return encode({"pk": entry_pk(lease.entry_id), "sk": LEASE, **fields, **times, **asked})


def stop_fields(stop: StopRequest) -> dict[str, Any]:
    """A request as a map of the item."""
    return {"by": stop.by, "at": decimal(stop.at), "because": stop.because}


def lease_of(entry_id: str, row: Row) -> Lease:
    """The item's lease."""
    plain: dict[str, Any] = decode(row)
    settles, stop = plain.get("settles"), plain.get("stop")
    return Lease(
        entry_id=entry_id,
        token=plain["token"],
        fence=plain["fence"],
        owner=Owner(**plain["owner"]),
        since=float(plain["since"]),
        beat=float(plain["beat"]),
        until=float(plain["until"]),
        released=plain["released"],
        settles=None if settles is None else float(settles),
        stop=None if stop is None else StopRequest(stop["by"], at=float(stop["at"]), because=stop["because"]),
    )


def decimal(seconds: float) -> Decimal:
    """A time as the item has it: to the microsecond, which is what clocks tell."""
    return Decimal(f"{seconds:.6f}")


def time_text(seconds: float) -> str:
    """A time for people."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
