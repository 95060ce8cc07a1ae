"""One partner on five pages: where it stands, its keys, consent, self-test and key sheet."""

from typing import Any

from flask import Blueprint, Response, render_template, request

from gateway.domain.accounts import Account, Right
from gateway.domain.consent import live
from gateway.domain.errors import PalangError
from gateway.domain.fingerprints import phone_text
from gateway.domain.ladder.rungs import Rung, required_of
from gateway.domain.ladder.rungs import State as RungState
from gateway.domain.strength import strength
from gateway.services.card_review import Proposal
from gateway.services.partner_story import PartnerStory
from gateway.web.console.access import needs
from gateway.web.console.frame import Frame, current
from gateway.web.console.partners import words
from gateway.web.console.partners.parts import PartnerParts
from gateway.web.console.words import say


def add_details(pages: Blueprint, parts: PartnerParts, frame: Frame) -> None:
    """`/partners/<id>` and what stands beside it."""

    @pages.get("/partners/<partner>")
    @needs(Right.READ)
    def show(partner: str) -> str:
        return shown(parts, partner)

    @pages.get("/partners/<partner>/keys")
    @needs(Right.READ)
    def keys(partner: str) -> str:
        found = parts.stories.keys(partner)
        rows = [(one, strength(one.key), phone_text(one.key.kid)) for one in found.keys]
        return render_template(
            "partners/keys.html",
            rows=rows,
            reminders=found.reminders,
            waiting=_waiting(parts, partner)[0],
            **_head(parts, partner, "keys"),
        )

    @pages.get("/partners/<partner>/consent")
    @needs(Right.READ)
    def consent(partner: str) -> str:
        return consent_page(parts, frame, partner)

    @pages.get("/partners/<partner>/test")
    @needs(Right.READ)
    def ladder(partner: str) -> str:
        story = parts.stories.of(partner)
        return render_template(
            "partners/ladder.html",
            climb=story.climb,
            rungs=_rungs(story),
            story=story,
            **_head(parts, partner, "ladder"),
        )

    @pages.get("/partners/<partner>/sheet")
    @needs(Right.READ)
    def sheet(partner: str) -> str:
        made = parts.partners.sheet(partner)
        rows = [(key, phone_text(key.kid)) for key in made.trust.keys]
        head = _head(parts, partner, "sheet")
        return render_template("partners/sheet.html", sheet=made, rows=rows, **head)

    @pages.get("/partners/<partner>/sheet.txt")
    @needs(Right.READ)
    def sheet_text(partner: str) -> Response:
        answer = Response(parts.partners.sheet(partner).text, mimetype="text/plain")
        answer.headers["Content-Disposition"] = f'attachment; filename="sheet-{partner}.txt"'
        return answer


def shown(parts: PartnerParts, partner: str, problem: PalangError | None = None) -> str:
    """The first page of a partner, with what went wrong with an act. Raises NotFound."""
    story = parts.stories.of(partner)
    waiting, unreadable = _waiting(parts, partner) if story.waits else (None, None)
    return render_template(
        "partners/show.html",
        story=story,
        waiting=waiting,
        unreadable=unreadable,
        why_not=why_not(story, current()),
        given=request.form,
        can=words.CAN,
        problem=problem,
        done=words.DONE.get(request.args.get("done", "")),
        **_head(parts, partner, "show"),
    )


def consent_page(
    parts: PartnerParts, frame: Frame, partner: str, problem: PalangError | None = None
) -> str:
    """What an OTT ever consented to, the newest first. Raises NotFound."""
    found = parts.consents.all(partner)
    return render_template(
        "partners/consent.html",
        consents=tuple(reversed(found)),
        ruling=live(found, frame.clock.now()),
        answers=words.ANSWERS,
        origins=words.ORIGINS,
        problem=problem,
        done=words.DONE.get(request.args.get("done", "")),
        **_head(parts, partner, "consent"),
    )


def why_not(story: PartnerStory, account: Account) -> str:
    """Why this account can't approve the card that waits, "" where it can or none waits."""
    if not story.waits or story.proposed is None:
        return ""
    if not account.may(Right.PARTNERS):
        return say("An officer approves this card; your role does not.")
    if not account.officer:
        return say("Your account has no officer's key, so it signs nothing.")
    if account.officer == story.proposed.officer:
        return say(
            "You proposed this card, so you cannot approve it too: two different officers compare "
            "the fingerprint with the partner, each by telephone. Ask a colleague."
        )
    return ""


def _head(parts: PartnerParts, partner: str, tab: str) -> dict[str, Any]:
    """What every page of a partner begins with. Raises NotFound."""
    return {"line": parts.pages.line(partner), "tab": tab}


def _waiting(parts: PartnerParts, partner: str) -> tuple[Proposal | None, PalangError | None]:
    """The card that waits, or why it can't be read any more."""
    try:
        return parts.partners.waiting(partner), None
    except PalangError as unreadable:
        return None, unreadable


def _rungs(story: PartnerStory) -> list[tuple[Rung, str, str, str, bool]]:
    """Every rung with its state, cause and next step; one that nobody climbed is not run."""
    result = story.climb.result
    if result is not None:
        needed = set(result.required)
        return [
            (one.rung, str(one.state), one.cause, one.next, one.rung in needed)
            for one in result.rungs
        ]
    answers = story.consent is not None and story.consent.terms.answers == "per-entry"
    needed = set(required_of(story.partner.kind, answers=answers))
    return [(rung, str(RungState.NOT_RUN), "", "", rung in needed) for rung in Rung]
