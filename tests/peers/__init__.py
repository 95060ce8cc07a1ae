"""Small honest, and deliberately dishonest, counterparts that the tests talk to."""
