"""Tests of the commands, run through click."""
