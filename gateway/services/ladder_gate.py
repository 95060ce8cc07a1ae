"""The self-test ladder as a condition for going live (docs/adr/0009).

It bars operators and OTTs that will get real numbers; a test partner gets test numbers only, and a
source gets none.
"""

from gateway.domain import references
from gateway.domain.canonical import JsonObject, digest
from gateway.domain.errors import Conflict, NotVerified
from gateway.domain.ladder.notes import LadderNote
from gateway.domain.ladder.rungs import KIND, LadderResult, State, read_result
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.records import ApprovalRecord
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.ports import Signatures, UnitOfWork
from gateway.services.ladder_book import add_note


def results(uow: UnitOfWork, partner: str, card: str) -> list[LadderNote]:
    """The signed results of a card, oldest first."""
    return [note for note in uow.ladder.of(partner, card) if note.kind == "result"]


def is_outdated(uow: UnitOfWork, proposed: ApprovalRecord) -> bool:
    """Whether a climb ended after this proposal was signed: its officer looks and signs again."""
    partner = proposed.subject.removeprefix("partner:")
    return any(note.at > proposed.at for note in results(uow, partner, proposed.digest))


def require_climbed(
    uow: UnitOfWork,
    signatures: Signatures,
    partner: Partner,
    proposed: ApprovalRecord,
    override: str,
    at: Micros,
) -> JsonObject:
    """Facts for the ledger: by which result, or by which override, this partner may go live.

    Raises Conflict (not climbed, not passed, proposed before the result), InputError (the
    reference), NotVerified (the result's own signature).
    """
    if partner.test or partner.kind is PartnerKind.SOURCE:
        return {}
    if partner.standing is not Standing.PROPOSED:
        return {}
    if override:
        return _override(uow, partner, proposed.digest, override, at)
    found = results(uow, partner.id, proposed.digest)
    if not found:
        raise Conflict(
            f"partner {partner.id}: no self-test ladder was climbed with this card",
            hint=f"palang partner test {partner.id}; or --override REFERENCE, which is recorded",
        )
    _require_passed(read(uow, signatures, found[-1]), proposed)
    if found[-1].at > proposed.at:
        raise Conflict(
            f"partner {partner.id}: the proposal was signed before the ladder's result",
            hint="the first officer looks at the result and signs again: palang partner add CARD",
        )
    return {"ladder": found[-1].digest}


def read(uow: UnitOfWork, signatures: Signatures, note: LadderNote) -> LadderResult:
    """A kept result, verified. Raises NotVerified."""
    trust = uow.registry.trust()
    owner = Owner(OwnerKind.GATEWAY, trust.gateway)
    payload, _key = signatures.verify(note.body, KIND, owner, Role.STATEMENT, trust, note.at)
    return read_result(payload)


def _require_passed(result: LadderResult, proposed: ApprovalRecord) -> None:
    if result.card != proposed.digest:
        raise NotVerified("bad-digest", "the ladder's result is of another card")
    if not result.passed:
        open_ = (
            one
            for one in result.rungs
            if one.state in (State.FAILED, State.WAITING)
            or (one.rung in result.required and one.state is not State.PASSED)
        )
        names = ", ".join(f"{one.rung} ({one.state})" for one in open_)
        raise Conflict(
            f"partner {result.partner}: the ladder is not passed: {names}",
            hint=f"palang partner test {result.partner} names the cause and the next step",
        )


def _override(
    uow: UnitOfWork, partner: Partner, card: str, reference: str, at: Micros
) -> JsonObject:
    body = references.reference(reference, "an override", "a memo's, ND-12/2026").encode()
    add_note(uow, LadderNote(0, partner.id, card, "override", reference, digest(body), body, at))
    return {"override": reference}
