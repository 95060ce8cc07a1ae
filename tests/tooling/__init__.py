"""Tests of the environment, the Makefile, the lock and the layout."""

import os


def plain_environment() -> dict[str, str]:
    """Return this process' environment without what a `make` around it passes down."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
