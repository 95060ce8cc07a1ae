"""The whole console in a real browser: days of work, looks, attacks, and its size."""
