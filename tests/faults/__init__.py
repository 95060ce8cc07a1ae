"""Faults of the world around the gateway, seeded and counted: outside effects, disks, partners."""
