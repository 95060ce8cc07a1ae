"""`palang fsck`: reads the databases with its own SQL and proves the promises A to I by itself."""
