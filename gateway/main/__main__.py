"""`python -m gateway.main` is `palang`."""

from gateway.main import main

main()
