"""One channel to a partner a file: sealed bytes go in, reply bytes come out (design 6)."""
