"""`palang web`: the partner listener."""

from collections.abc import Callable

import click

_EPILOG = """\b
Example:
  palang --home /var/lib/palang-web/listener web

\b
Its folder needs palang.toml with [exchange] alone: database, listen, tls_cert, tls_key. It opens
the exchange store and nothing else: no core database, no private key of the gateway."""


def web_command(serve: Callable[[], None]) -> click.Command:
    """The command `web`; `serve` runs until a signal."""

    @click.command("web", epilog=_EPILOG)
    def web() -> None:
        """Serve partners that post statements and pull parcels, until SIGTERM or Ctrl-C.

        Tells each request as one line of JSON. Raises InputError for a wrong setting.
        """
        serve()

    return web
