"""The tests, in folders that mirror the layers; conftest.py skips by name what a machine lacks."""
