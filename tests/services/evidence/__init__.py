"""Tests of evidence bundles and the offline verifier."""
