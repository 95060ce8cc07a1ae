"""Signing in, in steps, and the page of the own account."""
