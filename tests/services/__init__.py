"""Tests of the use cases, over the real SQLite store and real keys."""
