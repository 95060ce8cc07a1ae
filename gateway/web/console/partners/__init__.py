"""Partners: cards, keys, consents and tests; a partner's way from its card to its first parcel."""
