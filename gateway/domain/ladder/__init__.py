"""The self-test ladder: what is tried with a partner before it goes live, and what proves it."""
