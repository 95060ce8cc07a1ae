"""A port for a server that needs to know it before it starts."""

import random
import socket

HOST = "127.0.0.1"


def free_port() -> int:
    """A port of loopback on which nobody listens now.

    It is below those that the system gives to connections, and to servers that want any: one that
    starts in a while, or is killed and starts again, finds it still free.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        try:
            with socket.create_server((HOST, port)):
                return port
        except OSError:
            continue  # somebody listens there
