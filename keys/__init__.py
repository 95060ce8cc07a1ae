"""Keys, signatures, envelopes and signed notes: all cryptography of Palang (design 2 and 8)."""
