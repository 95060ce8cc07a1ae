"""Tests of whole processes: the real worker, the real kit, killed and started again."""
