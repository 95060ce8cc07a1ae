"""The self-test ladder, from both sides."""
