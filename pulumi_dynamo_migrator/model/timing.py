"""Every wait of the engine in one value, so that a test can shorten them all. Seconds throughout."""

from __future__ import annotations

from dataclasses import dataclass

DRAWN_OUT = 60.0
"""Seconds that a record may take from the stream to the ledger, and that clocks may differ by."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things are waited for, and how often they are looked at.

    `lease` and `heartbeat`: how long a worker may be silent before another takes over, and how often it speaks (and
    hears that it was asked to stop).
    `poll` to `poll_cap`: pauses between looks at something AWS is doing, growing.
    `table`, `index`, `mapping`, `role`: the longest that each may take to become active.
    `settle`: how long a difference must last, its source standing still, before verify calls it a mismatch.
    `outcome`: how long after a request whose outcome is unknown it may still take effect.
    `signature`: how long after it was signed AWS takes a request (5 to 15 minutes in public reports); `request`: how
    long one attempt on the data path may take. Whoever takes over from an owner that may only be asleep closes no phase
    before both have passed since that owner's deadline: it signs nothing later, and AWS takes nothing that was signed
    so long ago.
    `quiet`: how long after its mapping has gone an invocation may take to register itself; never more than a function
    time-out is waited.
    `lag`: how far the replicator may be behind the writers when the outputs move; `lag_window`: how long it is watched
    to tell; `lag_patience`: how long it may take to come that close.
    `fence`: for how long a fence holds by itself; `fence_renewal`: how often it is renewed; `fence_margin`: what must
    be left of it at a flip (`signature`, `request`, and a margin); `fence_proof`: how long every probe must be denied;
    `fence_patience`: how long that may take to begin.
    `drain`: how long the replicator must have had nothing to do.
    `throttled`, `failing`: how long the data path puts up with one request's being throttled, and with errors or no
    answer; `control`: how long every other call does; `retry_base` and `retry_cap`: the first and the longest pause
    between two attempts.
    `answer`: how long the answer to one of those is waited for (a heartbeat whose answer never comes leaves time for
    another within the lease).
    """

    lease: float = 60.0
    heartbeat: float = 3.0
    poll: float = 0.2
    poll_cap: float = 5.0
    table: float = 1800.0
    index: float = 86_400.0
    mapping: float = 600.0
    role: float = 180.0
    settle: float = 60.0
    outcome: float = 60.0
    signature: float = 900.0
    request: float = 60.0
    quiet: float = 900.0
    lag: float = 10.0
    lag_window: float = 3.0
    lag_patience: float = 900.0
    fence: float = 1800.0
    fence_renewal: float = 120.0
    fence_margin: float = 990.0
    fence_proof: float = 30.0
    fence_patience: float = 300.0
    drain: float = 30.0
    throttled: float = 1800.0
    failing: float = 300.0
    control: float = 60.0
    retry_base: float = 0.05
    retry_cap: float = 10.0
    answer: float = 20.0

    @property
    def tick(self) -> float:
        """The pause between looks at what only has to stay as it is: never none, however short a test makes `poll`."""
        return min(self.poll_cap, max(self.poll, 0.05))
