"""The area `audit`."""
