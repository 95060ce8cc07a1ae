"""Tests of the partner kit: rules, verification, hook, statements, service, command line."""
