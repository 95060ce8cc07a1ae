"""The receiving side as a kit, `palang-partner`: open, verify, apply, acknowledge, confirm, run."""
