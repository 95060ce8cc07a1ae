"""The area `cases`."""
