"""The area `admin`."""
