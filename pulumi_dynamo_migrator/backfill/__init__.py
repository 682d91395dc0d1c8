"""The copy of what is already there: segments, pages, inserts that never overwrite."""
