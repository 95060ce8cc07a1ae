"""The console's hold queue: rows in doubt, what each proposes, officers' signed decisions."""
