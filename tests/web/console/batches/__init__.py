"""The console's batches."""
