"""Small helpers of the Makefile: they need nothing but the standard library."""
