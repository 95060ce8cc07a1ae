"""Retention: policies, holds, purges, period keys, and what a restored backup still shows."""
