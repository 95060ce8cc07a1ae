"""Use cases: what officers, partners and the ticker can do; they talk to ports only."""
