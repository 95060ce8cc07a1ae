"""`palang metrics`: figures for Prometheus."""

from collections.abc import Callable
from ipaddress import ip_address

import click

from gateway.cli.common import PalangCommand, example
from gateway.domain.errors import InputError

DEFAULT = "127.0.0.1:9464"


def metrics_command(serve: Callable[[str, Callable[[str], None]], None]) -> click.Command:
    """The command `metrics`; `serve` runs until a signal and tells the address."""

    @click.command(
        "metrics", cls=PalangCommand, epilog=example("palang metrics --listen 127.0.0.1:9464")
    )
    @click.option("--listen", default=DEFAULT, show_default=True, metavar="HOST:PORT")
    @click.option("--public", is_flag=True, help="Also on an address that others can reach.")
    def metrics(listen: str, public: bool) -> None:
        """Serve GET /metrics for Prometheus, on the staff side: counts, ages and ids, no number.

        There is no login and no TLS: leave it on the loopback address with a proxy before it, or
        say --public and let a firewall admit the Prometheus server alone.
        """
        if not public and _is_reachable(listen):
            raise InputError(
                f"{listen} can be reached from other machines, and there is no login",
                hint=f"--listen {DEFAULT} and a proxy with TLS before it; or add --public",
            )
        serve(listen, lambda address: click.echo(f"http://{address}/metrics", err=True))

    return metrics


def _is_reachable(listen: str) -> bool:
    """By the address as written; of names only localhost is none, what others mean may change."""
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return bool(host) and host != "localhost" and not ip_address(host).is_loopback
    except ValueError:
        return True
