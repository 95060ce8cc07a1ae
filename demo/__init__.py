"""The demonstration: a seeded dirty list and the run that shows what becomes of it."""
