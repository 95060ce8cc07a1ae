"""Consents as the rules of slices want them, and that attempts kept within them (promise G)."""

from gateway.domain import statements
from gateway.domain.consent import ConsentRecord
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.statements import Consent, Kind
from gateway.domain.times import SECOND, from_wire
from gateway.fsck.case import Case
from gateway.fsck.rows import ConsentRow, listed


def consents_of(case: Case, partner: str) -> list[ConsentRecord]:
    """All consents of a partner, oldest first; terms that can't be read are told elsewhere."""
    tail = "consents WHERE partner = ? ORDER BY given_at, digest"
    found = (consent_of(row) for row in listed(case.core, ConsentRow, tail, partner))
    return [record for record in found if record is not None]


def consent_of(row: ConsentRow) -> ConsentRecord | None:
    """One consent, None where its terms can't be read."""
    try:
        terms = statements.read(row.terms, Kind.CONSENT)
    except NotVerified:
        return None
    if not isinstance(terms, Consent):
        return None
    return ConsentRecord(row.partner, row.digest, terms, row.withdrawn_at, row.ended_at)


def check_attempts(case: Case) -> None:
    """Nothing reached an OTT outside the consent that its manifest names (promise G)."""
    sql = (
        "SELECT m.delivery, m.body FROM manifests m JOIN partners p ON p.id = m.partner"
        " WHERE p.kind = 'ott' ORDER BY m.delivery"
    )
    for delivery, body in case.core.stream(sql):
        try:
            manifest = read_manifest(body)
        except NotVerified:
            continue  # told where manifests are checked
        if manifest.block:  # what is only freed again goes whatever the consent says by now
            _of_delivery(case, str(delivery), manifest)


def _of_delivery(case: Case, delivery: str, manifest: Manifest) -> None:
    named = manifest.consent
    given = [c for c in consents_of(case, manifest.partner) if c.digest == named]
    ended = case.facts.of(f"consent:{named}", Tag.CONSENT_WITHDRAW)
    for said in case.facts.of_delivery(delivery):
        if said.tag != Tag.DELIVERY_ATTEMPT:
            continue
        about = f"attempt {said.facts.get('attempt')} of delivery {delivery}"
        at = from_wire(said.at)
        # by the ledger's order: two clocks can't disagree about it
        live = not ended or said.leaf < ended[0].leaf
        if not given or said.facts.get("consent") != named:
            case.found("consent-missing", about, named, said.facts.get("consent") or "none")
        elif not (live and given[0].terms.since <= at + SECOND and at < given[0].terms.until):
            case.found("consent-missing", about, "a consent that is live", "one that is not")
