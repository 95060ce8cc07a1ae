"""The staff console: pages over the services, one folder an area, and no rule of its own."""
