"""Tests of the exchange store, on SQLite and PostgreSQL."""
