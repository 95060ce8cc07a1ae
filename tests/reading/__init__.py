"""Tests of the readers of incoming files: every kind, every cap, damaged and hostile files."""
