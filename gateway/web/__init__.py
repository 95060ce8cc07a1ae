"""The partner listener: an HTTPS service over the exchange store and nothing else (design 2)."""
