"""Sealing, dispatch, receiving, sweep, progress: the delivery cycle over the real store and keys."""
