"""The store: SQLAlchemy tables, row and domain functions, unit of work, migrations, high-water."""
