"""Tests of the console's intake and hold queue."""
