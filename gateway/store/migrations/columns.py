"""What columns in migrations share."""

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

TEXT: TypeEngine[str] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text in the order of its bytes, as SQLite compares: a server's own order differs from host to
host, and a new C library under it spoils indexes."""
