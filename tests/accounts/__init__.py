"""Accounts of the console: who signs in, how, and what is logged of it."""
