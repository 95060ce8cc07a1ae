"""The list of partners, and the same list to take away."""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.parties import PartnerKind, Standing
from gateway.ports.views.partners import PartnerFilter, PartnerLine
from gateway.web.console import formats, terms
from gateway.web.console.access import needs
from gateway.web.console.exports import sent
from gateway.web.console.frame import Frame
from gateway.web.console.partners.parts import PartnerParts
from gateway.web.console.partners.words import HEALTH, STANDINGS, standing
from gateway.web.console.queries import same
from gateway.web.console.words import say
from gateway.writing.tables import Table

PAGE = 50
_EXPORTED = 500  # partners read at once for an export
_WIDTHS = (20, 34, 30, 14, 10, 22, 12, 12, 18)  # characters


def add_lists(pages: Blueprint, parts: PartnerParts, frame: Frame) -> None:
    """`/partners` and its exports."""

    @pages.get("/partners")
    @needs(Right.READ)
    def index() -> str:
        after = request.args.get("after", "")
        lines = parts.pages.page(_asked(), after, PAGE + 1)
        return render_template(
            "partners/index.html",
            lines=lines[:PAGE],
            more=same("partners.index", after=lines[PAGE - 1].id) if len(lines) > PAGE else "",
            first=same("partners.index") if after else "",
            asked=request.args,
            standings=STANDINGS,
            kinds=terms.KINDS,
            health=HEALTH,
            csv=same("partners.export", kind_="csv"),
            xlsx=same("partners.export", kind_="xlsx"),
        )

    @pages.get("/partners/export.<kind_>")
    @needs(Right.EXPORT)
    def export(kind_: str) -> Response:
        frame.looked(What.EXPORT_LIST, "", "partners")
        table = Table(say("Partners"), _headers(), _WIDTHS, _rows(parts, _asked()))
        return sent(kind_, table, "partners")


def _asked() -> PartnerFilter:
    """The filter of the address; what is no filter filters nothing."""
    kind, stand = request.args.get("kind", ""), request.args.get("standing", "")
    return PartnerFilter(
        PartnerKind(kind) if kind in set(PartnerKind) else None,
        Standing(stand) if stand in set(Standing) else None,
    )


def _headers() -> tuple[str, ...]:
    return (
        *(say("Partner"), say("Name"), say("Kind"), say("Standing"), say("Numbers")),
        *(say("Last contact"), say("Waiting"), say("Failed"), say("Channel health")),
    )


def _rows(parts: PartnerParts, wanted: PartnerFilter) -> Iterator[tuple[str, ...]]:
    after = ""
    while some := parts.pages.page(wanted, after, _EXPORTED):
        yield from map(_cells, some)
        after = some[-1].id


def _cells(line: PartnerLine) -> tuple[str, ...]:
    return (
        *(line.id, line.name, terms.kind(line.kind), standing(line.standing)),
        say("test") if line.test else say("real"),
        *(formats.moment(line.contact_at), str(line.waiting), str(line.failed)),
        say(HEALTH[line.health][0]) if line.health else "",
    )
