"""Tests of reports: figures against a plain recount, and cut-offs that stay as they were."""
