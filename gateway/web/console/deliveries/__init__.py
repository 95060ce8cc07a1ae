"""Deliveries: lists, one delivery's story, and an officer's acts on it."""
