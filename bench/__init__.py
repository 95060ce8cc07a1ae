"""Benchmarks: sealing, opening, recording beside a floor and a named peer, in one run."""
