"""Tests of settings and of the dated facts in the seed files."""
