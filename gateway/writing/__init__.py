"""Writes tables for people to take away; below the command line and the console, which both do."""
