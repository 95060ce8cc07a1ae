"""`palang partner add | approve | sheet`: a card is read, compared by phone, signed by two."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.cli.common import (
    Tools,
    columns,
    example,
    json_option,
    passphrase_option,
    read_document,
    show,
    signatory,
    signing_options,
    write_new,
)
from gateway.cli.key_sheet_page import page
from gateway.domain.canonical import Json
from gateway.domain.card_changes import Change
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.fingerprints import phone_text, printable
from gateway.domain.key_sheet import KeySheet
from gateway.domain.parties import Partner, PartnerKind
from gateway.domain.strength import strength
from gateway.domain.times import to_wire
from gateway.domain.trust import PinnedKey
from gateway.services.card_review import Proposal

F = TypeVar("F", bound=Callable[..., Any])

MAX_STATEMENT = 1024 * 1024  # bytes of a card or consent file
_CARD = "the partner sends the file card.jws that palang-partner init made"


def add_card_commands(group: click.Group, tools: Tools) -> None:
    """Mount them on the group `partner`."""
    for add in (_add, _approve, _sheet):
        add(group, tools)


def _heard_option(command: F) -> F:
    return click.option(
        "--fingerprint",
        "heard",
        default="",
        metavar="TEXT",
        help="The card's fingerprint as the partner read it out: another one is refused.",
    )(command)


def _add(group: click.Group, tools: Tools) -> None:
    @group.command(
        "add",
        epilog=example(
            "palang partner add opr-uji-a.card",
            "palang partner add opr-uji-a.card --officer siti --key siti.pem",
        ),
    )
    @click.argument("card", type=click.Path(path_type=Path))
    @click.option("--officer", metavar="ID", help="Who signs; without it the card is only shown.")
    @click.option("--key", type=click.Path(path_type=Path), help="Key file.")
    @passphrase_option
    @_heard_option
    @json_option
    def add(
        card: Path,
        officer: str | None,
        key: Path | None,
        passphrase_file: Path | None,
        heard: str,
        as_json: bool,
    ) -> None:
        """Show the CARD of a partner and what it would change; with --officer and --key propose it.

        Sign only after comparing the fingerprint with the partner by telephone.
        """
        data = read_document(card, MAX_STATEMENT)
        if (officer is None) != (key is None):
            raise InputError("--officer and --key go together", hint="give both to sign")
        by = signatory(tools, officer, key, passphrase_file) if officer and key else None
        partners = tools.front().partners
        try:
            made = partners.propose(data, by, heard) if by else partners.preview(data)
        except NotVerified as error:
            raise NotVerified(error.reason, f"{card}: {error}", hint=error.hint or _CARD) from None
        word, then = _next(made, card, signed=by is not None)
        show(as_json, _document(made), _lines(made, word), then)


def _next(made: Proposal, card: Path, *, signed: bool) -> tuple[str, str]:
    if not signed:
        then = (
            "compare the fingerprint with the partner by telephone, then sign: "
            f"palang partner add {card} --officer ID --key FILE"
        )
        return "shown only; nothing is signed", then
    then = (
        "another officer compares the fingerprint by telephone, then: "
        f"palang partner approve {made.partner.id} --officer ID --key FILE"
    )
    return "proposed", then


def _approve(group: click.Group, tools: Tools) -> None:
    @group.command(
        "approve", epilog=example("palang partner approve opr-uji-a --officer budi --key budi.pem")
    )
    @click.argument("partner")
    @signing_options
    @_heard_option
    @click.option(
        "--override",
        default="",
        metavar="REFERENCE",
        help="Go live without a passed ladder; the reference is recorded for good.",
    )
    @json_option
    def approve(
        partner: str,
        officer: str,
        key: Path,
        passphrase_file: Path | None,
        heard: str,
        override: str,
        as_json: bool,
    ) -> None:
        """Make the proposed card live as a second officer, and pin its keys.

        What it changes is shown by `palang partner show PARTNER` before. A partner that will get
        real numbers needs a passed self-test ladder first: palang partner test.
        """
        by = signatory(tools, officer, key, passphrase_file)
        made = tools.front().partners.approve(partner, by, heard, override)
        ott = made.partner.kind is PartnerKind.OTT
        then = f"palang partner consents {partner}" if ott else "palang batch new INTAKE"
        show(as_json, _document(made), _lines(made, "live"), then)


def _sheet(group: click.Group, tools: Tools) -> None:
    @group.command(
        "sheet",
        epilog=example("palang partner sheet opr-uji-a --out lembar.txt --html lembar.html"),
    )
    @click.argument("partner")
    @click.option("--out", type=click.Path(path_type=Path), help="New text file.")
    @click.option(
        "--html", "html", type=click.Path(path_type=Path), help="New HTML file, to print."
    )
    @json_option
    def sheet(partner: str, out: Path | None, html: Path | None, as_json: bool) -> None:
        """Print the key sheet of a partner: fingerprints, roles and dates of all keys, with blanks
        for both signatures.

        trust.json can be rebuilt from it without this gateway: palang-partner trust --from-sheet.
        """
        made = tools.front().partners.sheet(partner)
        text = made.text + "".join(f"{line}\n" for line in _blanks(made))
        if out is not None:
            write_new(out, text.encode())
        if html is not None:
            write_new(html, page(made).encode())
        document: dict[str, Json] = {
            "partner": partner,
            "fingerprint": made.fingerprint,
            "keys": len(made.trust.keys),
            "file": str(out or ""),
            "html": str(html or ""),
        }
        quiet = out is not None or html is not None
        lines = [f"Sheet of {len(made.trust.keys)} keys: {made.fingerprint}"] if quiet else [text]
        show(as_json, document, lines, "both sides compare it, sign it and keep a copy")


def _blanks(sheet: KeySheet) -> list[str]:
    """What people write on paper; it stands behind the part that is read."""
    line = "name ____________________  date ____________  signature ____________________"
    return [
        "",
        f"Fingerprint of this sheet: {sheet.fingerprint}",
        "",
        f"For gateway {sheet.trust.gateway} (two officers):",
        f"  {line}",
        f"  {line}",
        f"For partner {sheet.partner}:",
        f"  {line}",
    ]


def change_lines(changes: tuple[Change, ...]) -> list[str]:
    """A diff for a person."""
    return [f"  {change.line}" for change in changes] or ["  (nothing)"]


def _lines(made: Proposal, word: str) -> list[str]:
    partner = made.partner
    return [
        f"Partner {partner.id} ({partner.kind}, {printable(partner.name)}) is {word}",
        "Changes from the card that rules:",
        *change_lines(made.changes),
        f"Channel: {partner.channel}",
        f"Fingerprint of its card: {made.fingerprint}",
        *columns(
            ("role", "algorithm", "until", "fingerprint", "key"),
            [(k.role, k.alg, until(k), phone_text(k.kid), k.kid) for k in made.keys],
        ),
    ]


def _document(made: Proposal) -> dict[str, Json]:
    changed: list[Json] = [
        {"what": c.what, "before": c.before, "after": c.after} for c in made.changes
    ]
    keys: list[Json] = [key_document(key) for key in made.keys]
    return partner_document(made.partner) | {
        "fingerprint": made.fingerprint,
        "digest": made.digest,
        "changes": changed,
        "keys": keys,
    }


def partner_document(partner: Partner) -> dict[str, Json]:
    """A partner as JSON shows it."""
    return {
        "id": partner.id,
        "kind": str(partner.kind),
        "name": partner.name,
        "standing": str(partner.standing),
        "basis": partner.basis,
        "test": partner.test,
        "channel": partner.channel,
        "reply": partner.reply,
        "envelope": str(partner.envelope),
        "term": partner.term,
        "card": partner.card,
    }


def key_document(key: PinnedKey) -> dict[str, Json]:
    """A pinned key as JSON shows it."""
    known = strength(key)
    return {
        "kid": key.kid,
        "role": str(key.role),
        "until": until(key),
        "strength": known.text,
        "weak": known.weak,
    }


def key_lines(keys: Iterable[PinnedKey]) -> list[str]:
    """Pinned keys as a table, with what is weak about one."""
    rows = [(k.role, until(k), strength(k).text, k.kid, strength(k).weak) for k in keys]
    return columns(("role", "until", "algorithm", "key", ""), rows)


def until(key: PinnedKey) -> str:
    """When it ends, or was revoked."""
    if key.revoked is not None:
        return f"revoked {to_wire(key.revoked)}"
    return to_wire(key.not_after)
