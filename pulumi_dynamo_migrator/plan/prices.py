"""DynamoDB's on-demand prices, for estimates: one region's, of one day. Never claimed for another region or class.

From *Pricing for On-Demand Capacity* (aws.amazon.com/dynamodb/pricing/on-demand), Standard table class, as AWS set them
on 2024-11-01 (half of what they were) and as they were still quoted on the day below. Whoever changes a price changes
the day.

A provisioned write unit is paid for every hour that has begun (*Pricing for Provisioned Capacity*): the price has
been quoted so since 2019, and the cut of 2024-11-01 was of on-demand prices alone. Raising warm throughput is charged
once (*Understanding DynamoDB warm throughput*, Amazon DynamoDB Developer Guide). For how much, no public figure was
found: it is taken as an hour of as many provisioned units, an assumption, and every plan says so.
"""

from __future__ import annotations

REGION = "us-east-1"
AS_OF = "2025-07-21"

WRITES, READS = 0.625, 0.125
"""Dollars for a million write request units, and for a million read request units."""


PROVISIONED_WRITE = 0.00065
"""Dollars for a provisioned write unit, an hour."""


def dollars(*, writes: int, reads: int) -> float:
    """What so many units cost, at these prices."""
    return (writes * WRITES + reads * READS) / 1_000_000


def provisioned_dollars(write_units: int, *, seconds: float) -> float:
    """What so many provisioned write units cost for that time."""
    return write_units * PROVISIONED_WRITE * max(1, -(-seconds // 3600))


def warm_dollars(write_units: int) -> float:
    """What raising warm throughput by so many write units a second is taken to cost, once."""
    return provisioned_dollars(write_units, seconds=3600.0)
