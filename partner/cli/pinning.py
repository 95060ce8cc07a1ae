"""`trust`: the gateway's keys, from a file of it or from the paper that both parties signed."""

from pathlib import Path

import click

from gateway.domain.errors import InputError
from gateway.domain.key_sheet import MAX_SHEET
from gateway.domain.trust import write_trust
from partner import files, identity, pinning
from partner.cli.frame import Frame, KitCommand, example, json_option, show
from partner.identity import MAX_TRUST


@click.command(
    cls=KitCommand,
    epilog=example(
        "palang-partner --home kit trust gateway.card",
        "palang-partner --home kit trust --from-sheet lembar.txt",
        "palang-partner trust --from-sheet lembar.txt --out trust.json",
    ),
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--from-sheet",
    "sheet",
    type=click.Path(path_type=Path),
    help="The key sheet, as text or HTML, or typed from paper.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Only write the sheet's trust.json into a new file; needs no kit.",
)
@click.option("--replace", is_flag=True, help="Replace what is pinned. Compare by phone first.")
@json_option
@click.pass_obj
def trust(
    frame: Frame,
    file: Path | None,
    sheet: Path | None,
    out: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Pin the gateway by its card or trust FILE, and show its fingerprints to compare by phone."""
    if (file is None) == (sheet is None) or (out is not None and sheet is None):
        raise InputError(
            "expected one of FILE and --from-sheet",
            hint="palang-partner trust gateway.card; --out goes with --from-sheet",
        )
    if out is not None and sheet is not None:
        _rebuild(sheet, out, as_json=as_json)
        return
    now = frame.clock.now()
    me = identity.load_identity(frame.home, now)
    if sheet is not None:
        given = pinning.offered_sheet(files.read(sheet, MAX_SHEET), me)
    else:
        given = pinning.offered(files.read(file or Path(), MAX_TRUST), me.gateway, now)
    pin = identity.pin(frame.home, given.trust, me.gateway, now, replace=replace)
    keys = [{"role": str(role), "fingerprint": text} for role, text in pin.keys]
    show(
        as_json,
        {"gateway": me.gateway, "fingerprint": given.fingerprint, "of": given.what, "keys": keys},
        [
            f"Pinned gateway {me.gateway}. Compare with its officer by phone:",
            f"  {given.what:<11} {given.fingerprint}",
            *(f"  {role:<11} {text}" for role, text in pin.keys),
        ],
    )


def _rebuild(sheet: Path, out: Path, *, as_json: bool) -> None:
    made = pinning.sheet_trust(files.read(sheet, MAX_SHEET))
    files.create(out, write_trust(made.trust))
    show(
        as_json,
        {"file": str(out), "fingerprint": made.fingerprint, "keys": len(made.trust.keys)},
        [
            f"{out}: {len(made.trust.keys)} keys of the sheet of {made.partner}.",
            f"Fingerprint of the sheet, as both parties signed it: {made.fingerprint}",
        ],
    )
