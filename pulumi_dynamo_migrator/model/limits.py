"""DynamoDB's limits that a plan must know, each with its source.

Source, where nothing else is said: "Quotas in Amazon DynamoDB", Amazon DynamoDB Developer Guide.
"""

from __future__ import annotations

LOCAL_INDEXES = 5
GLOBAL_INDEXES = 20
"""The default quota; it can be raised."""
INDEX_KEY_ATTRIBUTES = 4
"""Hash or range attributes of one global index (multi-attribute keys, November 2025)."""
PROJECTED_ATTRIBUTES = 100
"""User-specified non-key attributes, summed over all indexes of a table."""
DAY = 86_400.0
"""Seconds: how long a stream keeps its records, and what is taken as evidence that nobody writes any more."""
KEY_TYPES = ("S", "N", "B")
INDEX_NAME_LENGTH = (3, 255)
STREAM_VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
TABLE_CLASSES = ("STANDARD", "STANDARD_INFREQUENT_ACCESS")
STREAM_RETENTION_HOURS = 24
TABLE_UNITS = 40_000
"""Read units, and write units, a second that a table, or a global index of it, may take: the default quota."""
PROCESSES = (1, 64)
"""Of one copy: our own limit, well above the cores that one is worth."""
FUNCTION_TIMEOUT = (1, 900)
"""Seconds; Lambda's own limit (Lambda quotas)."""
