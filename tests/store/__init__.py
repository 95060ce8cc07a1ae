"""The store on real database files: units, ledger, repositories, migrations, high-water file."""
