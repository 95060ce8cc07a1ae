"""The console's partners."""
