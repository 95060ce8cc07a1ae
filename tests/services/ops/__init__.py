"""Tests of what operators do: a new epoch, status, doctor."""
