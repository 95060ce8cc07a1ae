"""`simulate`: a partner that behaves as real ones do, and worse, for tests of a gateway."""

import time
from pathlib import Path

import click

from gateway.domain.errors import InputError, NotPermitted
from partner import files
from partner.cli.frame import Frame, KitCommand, example
from partner.faults import read_faults
from partner.simulate import LOG, Simulator

_MAX_FAULTS = 64 * 1024  # bytes


@click.command(
    cls=KitCommand,
    epilog=example("palang-partner --home kit simulate --faults buruk.toml"),
)
@click.option(
    "--faults", "faults_file", required=True, type=click.Path(path_type=Path), help="TOML file."
)
@click.option("--once", is_flag=True, help="One round, then end; nothing is answered later.")
@click.pass_obj
def simulate(frame: Frame, faults_file: Path, once: bool) -> None:
    """Answer parcels with set shares of faults: silence, false and late answers, other keys.

    For test partners that are reached through folders (SFTP) only. What it said, and what of it was
    false, stands in simulate.log.
    """
    faults = read_faults(files.read(faults_file, _MAX_FAULTS), str(faults_file))
    kit = frame.kit()
    if not kit.identity.card.test:
        raise NotPermitted(
            f"{kit.identity.id} is no test partner: it may say nothing false to a gateway",
            hint="make a kit with palang-partner init --test",
        )
    if kit.settings.way != "folder" or kit.settings.listen:
        raise InputError("simulate answers through inbox/ and outbox/ only")
    simulator = Simulator(kit, faults)
    click.echo(f"Simulating {kit.identity.id}; what it says is in {kit.home / LOG}", err=True)
    while True:
        simulator.round()
        if once:
            return
        time.sleep(kit.settings.poll_seconds)
