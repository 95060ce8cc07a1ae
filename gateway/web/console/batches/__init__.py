"""Batches: prepared, reviewed, released by another officer, followed until the last answer."""
