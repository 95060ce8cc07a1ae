"""Oracles of the intake: what generators and a hand know against what is decided."""
