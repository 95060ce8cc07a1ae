"""Tests of keys, signatures, envelopes and notes, with attacks by number of threats.md 1.1."""
