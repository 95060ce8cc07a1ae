"""The exchange store's own line of schema revisions (Alembic)."""
