"""The exchange store: a database of its own, the only thing that the partner listener opens."""
