"""Tests of the environment, the Makefile, the lock and the layout."""
