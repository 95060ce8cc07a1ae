"""Deliveries a second with a verified receipt, over each channel, beside the plain tool.

A delivery here begins sealed and ends acknowledged: attempt recorded, parcel handed over, opened,
verified and stored by the partner's kit, receipt signed, brought back, verified and recorded. The
peer only carries the same bytes, one after the other.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench import plain
from bench.channels import Mail, Rest, Sftp
from bench.processes import Helper
from bench.report import Ratio, Report, Scale
from bench.world import Make, Spent, World, world
from tools import peers

ENTRIES = {"10 kB": 720, "1 MB": 107_000}
"""Entries whose sealed parcel has about this size."""

Plan = tuple[tuple[str, int, int, int], ...]
"""Size, partners, deliveries for each of them, runs."""

_FEW: Plan = (("10 kB", 1, 3, 3), ("10 kB", 8, 1, 2), ("10 kB", 32, 1, 1), ("1 MB", 1, 1, 1))
_MANY: Plan = (("10 kB", 1, 15, 3), ("10 kB", 8, 2, 3), ("10 kB", 32, 1, 2), ("1 MB", 1, 1, 3))
_FULL: Plan = (
    *(("10 kB", 1, 30, 5), ("10 kB", 8, 5, 5), ("10 kB", 32, 2, 5)),
    *(("1 MB", 1, 1, 5), ("1 MB", 8, 1, 1), ("1 MB", 32, 1, 1)),
)
PLANS: dict[Scale, dict[str, Plan]] = {
    Scale.TINY: dict.fromkeys(("REST", "SFTP", "mail"), (("10 kB", 1, 1, 1),)),
    Scale.QUICK: {
        "REST": (("10 kB", 1, 3, 1), ("10 kB", 8, 1, 1)),
        **dict.fromkeys(("SFTP", "mail"), (("10 kB", 1, 3, 1),)),
    },
    Scale.USUAL: {"REST": _MANY, "SFTP": _FEW, "mail": _FEW},
    Scale.FULL: dict.fromkeys(("REST", "SFTP", "mail"), _FULL),
}
MAKERS: dict[str, Make] = {"REST": Rest, "SFTP": Sftp, "mail": Mail}


def run(scale: Scale) -> Iterator[Report]:
    """One report a channel."""
    for name, plan in PLANS[scale].items():
        if name == "SFTP" and not peers.find("sshd"):
            yield Report("delivery", "delivery over SFTP: left out, there is no sshd here")
            continue
        yield _channel(name, plan)


def _channel(name: str, plan: Plan) -> Report:
    report = Report("delivery", f"deliveries with verified receipt over {name}")
    with world(MAKERS[name], max(partners for _, partners, _, _ in plan)) as made:
        _deliver(made, 1, 1, 1, ENTRIES["10 kB"])  # everything was used once
        for size, partners, each, runs in plan:
            spent = _deliver(made, partners, each, runs, ENTRIES[size])
            what = f"{size}, {partners} partner{'s' * (partners > 1)}"
            _tell(report, what, spent, *_peer_rate(made, spent[0].deliveries, runs))
    return report


def _deliver(made: World, partners: int, each: int, runs: int, entries: int) -> list[Spent]:
    names, spent = made.names[:partners], []
    for _ in range(runs):
        made.sealed(names, entries, each)
        spent.append(made.deliver(names, each))
    return spent


def _tell(report: Report, what: str, spent: list[Spent], peer: str, peer_rate: float) -> None:
    rate = statistics.median(one.rate for one in spent)
    report.figure(f"{what}: deliveries", rate, "/s")
    report.figure(f"{what}: {peer}", peer_rate, "/s")
    cpu = {side: statistics.median(one.each(side) for one in spent) for side in spent[0].cpu}
    for side, each in cpu.items():
        report.figure(f"{what}: CPU of the {side} a delivery", each, "ms")
    report.ratios.append(Ratio(f"{what}: deliveries a second", rate / peer_rate, peer))


def _peer_rate(made: World, count: int, runs: int) -> tuple[str, float]:
    """The peer's name, and how many such parcels it carries in a second."""
    data, rates = made.last_parcel(), []
    with _peer(made, data) as (name, send):
        for _ in range(runs):
            begun = time.perf_counter()
            for _ in range(count):
                send()
            rates.append(count / (time.perf_counter() - begun))
    return name, statistics.median(rates)


@contextmanager
def _peer(made: World, data: bytes) -> Iterator[tuple[str, plain.Send]]:
    channel = made.channel
    if isinstance(channel, Rest):
        arguments = map(str, (channel.certificate, channel.key))
        with Helper("bench.plain_https", *arguments) as server:
            port = int(server.told["port"])
            yield "http.client to http.server", plain.https(port, channel.ca, data)
    elif isinstance(channel, Mail):
        with plain.smtp(channel.port, channel.ca, no_delay=False) as submit:
            yield "plain smtplib", partial(submit, data)
    elif isinstance(channel, Sftp):
        tool = plain.SftpTool.of(channel.sshd, made.house.gateway.ssh.ssh_key(""), made.base)
        (made.base / "plain").write_bytes(data)
        part = "opr-01/plain.part"
        put = (f"put {made.base / 'plain'} {part}", f"rename {part} opr-01/plain")
        yield "OpenSSH sftp, a login a file", partial(tool.run, *put)
    else:
        raise AssertionError(f"no peer is known for {type(channel).__name__}")
