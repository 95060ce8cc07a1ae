"""Today: what waits for me, the deadline board, partners' health."""
