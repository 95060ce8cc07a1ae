"""The area `deliveries`."""
