"""One intake: how its rows ended, a page of them with reasons, where it came from."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for

from gateway.domain.access import What
from gateway.domain.accounts import Right
from gateway.domain.records import Intake
from gateway.domain.rules import RULES, Outcome
from gateway.domain.source_list import ReceivedList
from gateway.ports.views.intake import IntakeFilter
from gateway.services.intake_rows import RowFilter, RowPage
from gateway.web.console.access import needs
from gateway.web.console.frame import Frame
from gateway.web.console.holds.words import STATES
from gateway.web.console.intake.parts import Desk
from gateway.web.console.intake.words import PEOPLE
from gateway.web.console.words import later

PAGE = 50
SMALL = 5_000  # rows; the rules of a larger intake are counted after its page is there

DONE = {
    "added": later("The rows are in. Send the file with reasons back to its sender."),
    "added-unsaved": later(
        "The rows are in. The column could not be kept for the source: that takes one sheet with "
        "a header."
    ),
}


@dataclass(frozen=True, slots=True)
class Family:
    """The intakes around one: what it corrects, what corrects it, the signed list behind it."""

    follows: int
    later: tuple[Intake, ...]
    signed: ReceivedList | None


def add_details(pages: Blueprint, desk: Desk, frame: Frame) -> None:
    """`/intake/<id>`."""

    @pages.get("/intake/<int:intake>")
    @needs(Right.READ)
    def detail(intake: int) -> str:
        found = desk.parts.intakes.show(intake)
        wanted, after = _asked(), request.args.get("after", 0, type=int)
        frame.looked(What.INTAKE_VIEW, f"intake:{intake}")
        page = desk.parts.rows.page(intake, wanted, after, PAGE)
        return render_template(
            "intake/detail.html",
            intake=found,
            counts=dict(found.counts),
            total=sum(rows for _, rows in found.counts),
            page=page,
            wanted=wanted,
            older=_same(intake, after=page.after) if page.after else "",
            first=_same(intake, after=None) if after else "",
            family=_family(desk, found),
            decided=desk.parts.holds.decided(intake, _held(page)),
            states=STATES,
            undecided=_undecided(desk, found),
            rules=[code for code in RULES if wanted.outcome in ("", RULES[code].outcome)],
            outcomes=[str(outcome) for outcome in Outcome],
            tally=_tally(desk, found),
            people=PEOPLE,
            done=DONE.get(request.args.get("done", "")),
        )

    @pages.get("/intake/<int:intake>/rules")
    @needs(Right.READ)
    def rules(intake: int) -> str:
        found = desk.parts.intakes.show(intake)
        tally = desk.parts.rows.tally(intake).most_common()
        return render_template("intake/rules.html", intake=found, tally=tally)


def _asked() -> RowFilter:
    """The filter of the address; what is in no list does not filter."""
    args = request.args
    outcome, rule = args.get("outcome", ""), args.get("rule", "")
    return RowFilter(
        outcome if outcome in set(map(str, Outcome)) else "",
        rule if rule in RULES else "",
        args.get("sheet", ""),
    )


def _same(intake: int, **changes: object) -> str:
    kept = {name: value for name, value in request.args.items() if value and name != "after"}
    kept.pop("done", None)
    return url_for("intake.detail", intake=intake, **(kept | changes))  # type: ignore[arg-type]  # a query


def _tally(desk: Desk, intake: Intake) -> list[tuple[tuple[str, str], int]] | None:
    """Rows by outcome and rule; None where to count them now would keep the page waiting."""
    small = sum(rows for _, rows in intake.counts) <= SMALL
    if small or desk.parts.rows.counted(intake.id):
        return desk.parts.rows.tally(intake.id).most_common()
    return None


def _undecided(desk: Desk, intake: Intake) -> int:
    """Held rows of which nobody decided anything."""
    return sum(one.undecided for one in desk.parts.pages.page(IntakeFilter(), intake.id + 1, 1))


def _held(page: RowPage) -> list[int]:
    return [position for position, row in page.rows if row.outcome == Outcome.HELD]


def _family(desk: Desk, intake: Intake) -> Family:
    corrections, signed = desk.parts.rows.around(intake)
    return Family(intake.follows or 0, corrections, signed)
