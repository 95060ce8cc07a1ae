"""Sealing, dispatch, receiving, sweep, progress: the cycle over the real store and keys."""
