"""What Alembic runs for the exchange store, on the connection that schema.py hands over."""

from alembic import context

from gateway.store.exchange.tables import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # ours on SQLite too: engine.py begins transactions itself
)
with context.begin_transaction():
    context.run_migrations()
