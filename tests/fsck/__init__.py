"""palang fsck: clean databases are clean, and every corruption is found and named."""
