"""The proof that two tables hold the same, in both directions, while both are being written to."""
