"""Two workers whose clocks differ, on PostgreSQL."""

# pytest collects here what the other module holds, under this module's marks
import pytest

from tests.services.back.on_postgresql import on_postgresql  # noqa: F401  # see above
from tests.services.back.test_clocks import *  # noqa: F403  # see above

pytestmark = [pytest.mark.long, pytest.mark.postgres]
