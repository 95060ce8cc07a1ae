"""Generators of documents that are right, or wrong in one point."""
