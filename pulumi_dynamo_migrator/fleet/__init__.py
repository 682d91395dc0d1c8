"""Worker processes for the backfill: Python runs one thread at a time, and a machine has more than one core."""
