"""The area `today`."""
