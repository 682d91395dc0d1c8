"""One file for each step of a plan: what it says of itself, how it is done, how it is undone.

A step is data until it is applied; AWS, the ledger and time come in as a `Site`. Each is safe to apply twice.
"""
