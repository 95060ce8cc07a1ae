"""Channels against real servers: one contract for all, and the attacks of threats.md 1.5."""
