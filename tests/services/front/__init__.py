"""Officers, partners, consents, intake, review, release and stop."""
