"""DynamoDB's on-demand prices, for estimates: one region's, of one day. Never claimed for another region or class.

From *Pricing for On-Demand Capacity* (aws.amazon.com/dynamodb/pricing/on-demand), Standard table class, as AWS set them
on 2024-11-01 (half of what they were) and as they were still quoted on the day below. Whoever changes a price changes
the day.
"""

from __future__ import annotations

REGION = "us-east-1"
AS_OF = "2025-07-21"

WRITES, READS = 0.625, 0.125
"""Dollars for a million write request units, and for a million read request units."""


def dollars(*, writes: int, reads: int) -> float:
    """What so many units cost, at these prices."""
    return (writes * WRITES + reads * READS) / 1_000_000
