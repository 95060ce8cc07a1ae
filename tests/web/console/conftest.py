"""The console's pages."""

from tests.templates_once import templates_once

templates_once()
