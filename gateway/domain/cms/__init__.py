"""CMS documents as bytes: their form, read strictly, and nothing of keys (RFC 5652)."""
