"""`palang partner`: cards come in, two officers sign, consents are recorded."""

from pathlib import Path

import click

from gateway.cli.common import (
    PalangGroup,
    Tools,
    columns,
    example,
    json_option,
    read_document,
    show,
)
from gateway.cli.partner_card import (
    MAX_STATEMENT,
    add_card_commands,
    change_lines,
    key_document,
    key_lines,
    partner_document,
)
from gateway.domain.canonical import Json
from gateway.domain.consent import ConsentRecord
from gateway.domain.times import show_wib, to_wire


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
    add_card_commands(group, tools)
    for add in (_list, _show, _consent, _consents):
        add(group, tools)
    return group


def _list(group: click.Group, tools: Tools) -> None:
    @group.command("list", epilog=example("palang partner list"))
    @json_option
    def list_(as_json: bool) -> None:
        """List all partners."""
        found = tools.front().partners.all()
        head = ("id", "kind", "standing", "basis", "test", "name")
        rows = [(p.id, p.kind, p.standing, p.basis, _yes(p.test), p.name) for p in found]
        show(as_json, {"partners": [partner_document(p) for p in found]}, columns(head, rows))


def _show(group: click.Group, tools: Tools) -> None:
    @group.command("show", epilog=example("palang partner show opr-uji-a"))
    @click.argument("partner")
    @json_option
    def show_(partner: str, as_json: bool) -> None:
        """Show a partner, its channel and its pinned keys."""
        found, keys, waits = tools.front().partners.show(partner)
        document = partner_document(found) | {
            "keys": [key_document(key) for key in keys],
            "waiting_card": waits,
        }
        lines = [f"{name}: {value}" for name, value in partner_document(found).items()]
        lines += key_lines(keys)
        waiting = tools.front().partners.waiting(partner) if waits else None
        if waiting is not None:
            lines += [f"Card {waits} waits for another officer's word. It would change:"]
            lines += change_lines(waiting.changes)
            lines += [f"Its fingerprint: {waiting.fingerprint}"]
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
        data = read_document(file, MAX_STATEMENT)
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
