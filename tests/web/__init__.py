"""Tests of the partner listener."""
