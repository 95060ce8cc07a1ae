"""`palang partner`: cards come in, two officers sign, consents are recorded."""

from pathlib import Path

import click

from gateway.cli.common import (
    PalangGroup,
    Tools,
    columns,
    example,
    json_option,
    read_file,
    show,
    signatory,
    signing_options,
)
from gateway.domain.canonical import Json
from gateway.domain.consent import ConsentRecord
from gateway.domain.errors import NotVerified
from gateway.domain.parties import Partner, PartnerKind
from gateway.domain.times import show_wib, to_wire
from gateway.domain.trust import PinnedKey
from gateway.services.partners import Proposal

MAX_STATEMENT = 1024 * 1024  # bytes of a card or consent file


_CARD = "the partner sends the file card.jws that palang-partner init made"


def partner_group(tools: Tools) -> click.Group:
    """The group and its commands."""
    group = PalangGroup(
        "partner",
        help="Who is sent to: cards, approval, consents.",
        epilog=example(
            "palang partner add opr-uji-a.card --officer siti --key siti.pem",
            "palang partner approve opr-uji-a --officer budi --key budi.pem",
        ),
    )
    for add in (_add, _approve, _list, _show, _consent, _consents):
        add(group, tools)
    return group


def _add(group: click.Group, tools: Tools) -> None:
    @group.command(
        "add", epilog=example("palang partner add opr-uji-a.card --officer siti --key siti.pem")
    )
    @click.argument("card", type=click.Path(path_type=Path))
    @signing_options
    @json_option
    def add(
        card: Path, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Propose the partner of a CARD file, or the change that a newer card makes.

        Sign only after comparing the fingerprint with the partner by telephone.
        """
        data = read_file(card, MAX_STATEMENT).strip()
        by = signatory(tools, officer, key, passphrase_file)
        try:
            made = tools.front().partners.propose(data, by)
        except NotVerified as error:
            raise NotVerified(error.reason, f"{card}: {error}", hint=error.hint or _CARD) from None
        then = (
            "another officer compares the fingerprint by telephone, then: "
            f"palang partner approve {made.partner.id} --officer ID --key FILE"
        )
        show(as_json, _proposal(made), _proposal_lines(made, "proposed"), then)


def _approve(group: click.Group, tools: Tools) -> None:
    @group.command(
        "approve", epilog=example("palang partner approve opr-uji-a --officer budi --key budi.pem")
    )
    @click.argument("partner")
    @signing_options
    @json_option
    def approve(
        partner: str, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Make the proposed card live as a second officer, and pin its keys."""
        by = signatory(tools, officer, key, passphrase_file)
        made = tools.front().partners.approve(partner, by)
        ott = made.partner.kind is PartnerKind.OTT
        then = f"palang partner consent {partner} FILE" if ott else "palang batch new INTAKE"
        show(as_json, _proposal(made), _proposal_lines(made, "live"), then)


def _list(group: click.Group, tools: Tools) -> None:
    @group.command("list", epilog=example("palang partner list"))
    @json_option
    def list_(as_json: bool) -> None:
        """List all partners."""
        found = tools.front().partners.all()
        head = ("id", "kind", "standing", "basis", "test", "name")
        rows = [(p.id, p.kind, p.standing, p.basis, _yes(p.test), p.name) for p in found]
        show(as_json, {"partners": [_document(p) for p in found]}, columns(head, rows))


def _show(group: click.Group, tools: Tools) -> None:
    @group.command("show", epilog=example("palang partner show opr-uji-a"))
    @click.argument("partner")
    @json_option
    def show_(partner: str, as_json: bool) -> None:
        """Show a partner, its channel and its pinned keys."""
        found, keys, waits = tools.front().partners.show(partner)
        document = _document(found) | {"keys": [_key(key) for key in keys], "waiting_card": waits}
        lines = [f"{name}: {value}" for name, value in _document(found).items()]
        lines += columns(("role", "until", "key"), [(k.role, _until(k), k.kid) for k in keys])
        then = f"palang partner approve {partner}: card {waits} waits" if waits else ""
        show(as_json, document, lines, then)


def _consent(group: click.Group, tools: Tools) -> None:
    @group.command("consent", epilog=example("palang partner consent pesan-uji consent.jws"))
    @click.argument("partner")
    @click.argument("file", type=click.Path(path_type=Path))
    @json_option
    def consent(partner: str, file: Path, as_json: bool) -> None:
        """Record a consent or a withdrawal that an OTT signed.

        The statement's own signature proves who says it. A withdrawal stops new attempts at once.
        """
        data = read_file(file, MAX_STATEMENT).strip()
        record = tools.front().consents.record(partner, data)
        if record.withdrawn_at is None:
            line = f"Consent of {partner} recorded, until {show_wib(record.terms.until)}"
        else:
            line = f"Consent of {partner} withdrawn at {show_wib(record.withdrawn_at)}"
        show(as_json, _consent_document(record), [line], f"palang partner consents {partner}")


def _consents(group: click.Group, tools: Tools) -> None:
    @group.command("consents", epilog=example("palang partner consents pesan-uji"))
    @click.argument("partner")
    @json_option
    def consents(partner: str, as_json: bool) -> None:
        """List what an OTT ever consented to, oldest first."""
        found = tools.front().consents.all(partner)
        head = ("from", "until", "withdrawn", "categories", "channels", "statement")
        rows = [
            (
                show_wib(c.terms.since),
                show_wib(c.terms.until),
                show_wib(c.withdrawn_at) if c.withdrawn_at is not None else "-",
                ",".join(c.terms.categories),
                ",".join(c.terms.channels),
                c.digest,
            )
            for c in found
        ]
        show(as_json, {"consents": [_consent_document(c) for c in found]}, columns(head, rows))


def _proposal(made: Proposal) -> dict[str, Json]:
    keys = [_key(key) for key in made.keys]
    return _document(made.partner) | {"fingerprint": made.fingerprint, "keys": keys}


def _proposal_lines(made: Proposal, word: str) -> list[str]:
    partner = made.partner
    return [
        f"Partner {partner.id} ({partner.kind}, {partner.name}) is {word}",
        f"Channel: {partner.channel}",
        f"Fingerprint of its card: {made.fingerprint}",
        *columns(("role", "until", "key"), [(k.role, _until(k), k.kid) for k in made.keys]),
    ]


def _document(partner: Partner) -> dict[str, Json]:
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


def _key(key: PinnedKey) -> dict[str, Json]:
    return {"kid": key.kid, "role": str(key.role), "until": _until(key)}


def _until(key: PinnedKey) -> str:
    if key.revoked is not None:
        return f"revoked {to_wire(key.revoked)}"
    return to_wire(key.not_after)


def _consent_document(record: ConsentRecord) -> dict[str, Json]:
    terms = record.terms
    ends = {"withdrawn": record.withdrawn_at, "ended": record.ended_at}
    return {
        "partner": record.partner,
        "statement": record.digest,
        "from": to_wire(terms.since),
        "until": to_wire(terms.until),
        "categories": list(terms.categories),
        "channels": list(terms.channels),
        "origins": list(terms.origins),
        "fields": list(terms.fields),
        "maximum": {"entries": terms.most, "period": terms.period},
        "answers": terms.answers,
        **{name: to_wire(at) if at is not None else None for name, at in ends.items()},
    }


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
