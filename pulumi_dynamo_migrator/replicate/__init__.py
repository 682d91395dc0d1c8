"""The replicator: one table's stream, applied to its successor.

All of it but `bundle.py` also runs in Lambda, copied there as it is: standard library only, botocore only in
`handler.py`.
"""
