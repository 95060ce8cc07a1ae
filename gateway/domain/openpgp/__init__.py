"""OpenPGP as bytes: packets, armour, and documents of one signer. Form alone, nothing verified."""
