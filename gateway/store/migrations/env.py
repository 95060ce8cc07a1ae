"""What Alembic runs: the scripts in versions/, on the connection that schema.py hands over.

The transaction is the caller's, so several revisions stand or fall together.
"""

from alembic import context

from gateway.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,  # ours on SQLite too: engine.py begins transactions itself
)
with context.begin_transaction():
    context.run_migrations()
