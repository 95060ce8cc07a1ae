"""`palang metrics`: figures for Prometheus."""

from collections.abc import Callable

import click

from gateway.cli.common import PalangCommand, example

DEFAULT = "127.0.0.1:9464"


def metrics_command(serve: Callable[[str, Callable[[str], None]], None]) -> click.Command:
    """The command `metrics`; `serve` runs until a signal and tells the address."""

    @click.command(
        "metrics", cls=PalangCommand, epilog=example("palang metrics --listen 127.0.0.1:9464")
    )
    @click.option("--listen", default=DEFAULT, show_default=True, metavar="HOST:PORT")
    def metrics(listen: str) -> None:
        """Serve GET /metrics for Prometheus, on the staff side: counts, ages and ids, no number.

        There is no login and no TLS: leave it on the loopback address, or put a proxy before it.
        """
        serve(listen, lambda address: click.echo(f"http://{address}/metrics", err=True))

    return metrics
