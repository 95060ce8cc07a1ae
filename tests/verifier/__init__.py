"""palang_verify.py, the verifier of one file, beside `palang verify`, over kept bundles."""
