"""`palang console`: the staff's pages."""

from collections.abc import Callable

import click

_EPILOG = """\b
Example:
  palang --home /var/lib/palang console
  then open http://127.0.0.1:8480 and sign in; palang account add makes further accounts

\b
It reads [console] of palang.toml. It holds no key of the gateway: what needs one is left for the
worker, so palang worker must run beside it (palang up starts both)."""


def console_command(serve: Callable[[], None]) -> click.Command:
    """The command `console`; `serve` runs until a signal."""

    @click.command("console", epilog=_EPILOG)
    def console() -> None:
        """Serve the staff console until SIGTERM or Ctrl-C.

        Raises InputError for a wrong setting.
        """
        serve()

    return console
