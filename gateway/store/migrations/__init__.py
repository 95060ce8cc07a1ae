"""Schema changes in order; Alembic runs them, each in one transaction."""
