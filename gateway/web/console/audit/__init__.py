"""Audit: the ledger, its integrity, evidence to take away, and who looked at what."""
