"""Every test here has a database of its own; what one compiled serves the others."""

from tests.compiled_once import compile_once

compile_once()
