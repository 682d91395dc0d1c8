"""Items and what conversions make of them. Runs in the backfill and, as the same files, in Lambda. Never touches AWS.

All but the folder `capture/` is shipped: standard library only, and nothing of this package outside this folder.
"""
