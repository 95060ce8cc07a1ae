"""Reports: recorded cut-offs, a report as page with charts, and its files."""
