"""A partner that is one script and a JOSE tool: docs/formats.md is all that it knows of Palang."""
