"""Whether two source items can come to stand under one target key. Decided in the plan, never here."""

from __future__ import annotations

from enum import Enum


class Meeting(Enum):
    """How far apart a conversion chain keeps two items."""

    SEPARATE = "separate"
    """The target key holds the source key's attributes unchanged; checked on every item."""
    DISTINCT = "distinct"
    """The user says so: no two items ever share a target key."""
    MAY_MEET = "may_meet"
    """Anything else."""
