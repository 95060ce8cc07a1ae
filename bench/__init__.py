"""Benchmarks: each cost beside a floor, a limit or a named peer of the same run."""
