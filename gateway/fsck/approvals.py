"""Officers' signatures: each verifies and has its leaf, and each act has two (promise I)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.domain.canonical import decode, digest, encode
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.statements import Approval
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.fsck.case import Case, exact, wire
from gateway.fsck.rows import ApprovalRow, BatchRow, KeyRow, OfficerRow, PartnerRow, listed, stream
from gateway.fsck.trust import NEEDED


@dataclass(slots=True)
class Words:
    """Approvals that verify, by subject, in the order in which they were given."""

    by_subject: dict[str, list[ApprovalRow]] = field(default_factory=lambda: defaultdict(list))
    statements: set[str] = field(default_factory=set)

    def over(self, subject: str, act: str, over: str) -> list[ApprovalRow]:
        """Those for one act over one digest."""
        words = self.by_subject.get(subject, [])
        return [word for word in words if (word.act, word.digest) == (act, over)]


def check_approvals(case: Case) -> Words:
    """Verify every stored approval, and look up its leaf."""
    words = Words()
    for row in case.counted("approvals", stream(case.core, ApprovalRow, "approvals ORDER BY key")):
        statement = digest(row.jws)
        words.statements.add(statement)
        if _verifies(case, row):
            words.by_subject[row.subject].append(row)
        told = (row.act, row.subject, row.digest, row.officer, row.kid, wire(row.at))
        leaves = case.facts.of_statement(statement)
        if not any(_same(said.facts, said.at, told) for said in leaves):
            case.found("row-unlogged", _about(row), "a leaf with this signed word", "none")
    for said in case.facts.tagged(*_SIGNED):
        facts = said.facts
        signed = {"officer", "statement"} <= facts.keys()
        if signed and facts["statement"] not in words.statements:
            case.found("approval-missing", str(said), "the signature it names", "none")
    return words


_SIGNED = (
    Tag.REFERENCE_ACTIVATE,
    Tag.OFFICER_APPROVE,
    Tag.KEY_ANNOUNCE,
    Tag.KEY_RETIRE,
    Tag.KEY_REVOKE,
    Tag.PARTNER_PROPOSE,
    Tag.PARTNER_APPROVE,
    Tag.HOLD_RESOLVE,
    Tag.BATCH_PREPARE,
    Tag.BATCH_SUBMIT,
    Tag.BATCH_ENDORSE,
    Tag.BATCH_RELEASE,
    Tag.BATCH_STOP,
    Tag.DELIVERY_RESUME,
    Tag.DELIVERY_REQUEUE,
    Tag.DELIVERY_STOP,
    Tag.EPOCH_OPEN,
    Tag.RETENTION_HOLD,
    Tag.RETENTION_LIFT,
    Tag.RETENTION_PURGE,
)


def _about(row: ApprovalRow) -> str:
    return f"{row.act} of {row.subject} by officer {row.officer}"


def _same(facts: dict[str, object], at: str, told: tuple[str, ...]) -> bool:
    names = ("act", "subject", "digest", "officer", "kid")
    # a delivery's leaf says act and subject by its own tag and member
    pairs = zip(names, told, strict=False)
    return at == told[-1] and all(facts.get(name, value) == value for name, value in pairs)


def _verifies(case: Case, row: ApprovalRow) -> bool:
    owner = Owner(OwnerKind.OFFICER, row.officer)
    signed = case.holds(
        "approval-signature",
        _about(row),
        "the officer's signature under a pinned key",
        lambda: case.verify.signatures.open_statement(
            row.jws, owner, Role.APPROVAL, case.trust, row.at, case.gateway
        ),
    )
    if signed is None:
        return False
    word = signed.statement
    said = (word.act, word.subject, word.digest) if isinstance(word, Approval) else ()
    same = (*said, signed.key.kid) == (row.act, row.subject, row.digest, row.kid)
    if not same:
        case.found("approval-signature", _about(row), "the act that was signed", "another")
    return same


def check_four_eyes(case: Case, words: Words) -> None:
    """Two officers with two keys for each batch, partner, officer, revoked key and epoch."""
    for batch in stream(case.core, BatchRow, "batches WHERE released_at IS NOT NULL ORDER BY id"):
        over = digest(batch.review)
        submits = words.over(f"batch:{batch.id}", "batch.submit", over)
        releases = words.over(f"batch:{batch.id}", "batch.release", over)
        _two(case, f"batch {batch.id}", submits[-1:], releases[-1:])
        if _above_a_guard(batch.review):
            endorsed = words.over(f"batch:{batch.id}", "batch.endorse", over)
            _three(case, f"batch {batch.id}", submits[-1:], endorsed, releases[-1:])
        if releases:
            signed, came = exact(releases[-1].at), exact(batch.released_at)
            case.differs("row-differs", f"batch {batch.id}", "released", signed, came)
    for partner in listed(case.core, PartnerRow, "partners WHERE standing = 'live' ORDER BY id"):
        proposed = words.over(f"partner:{partner.id}", "partner.propose", partner.card)
        approved = words.over(f"partner:{partner.id}", "partner.approve", partner.card)
        _two(case, f"partner {partner.id}", proposed[-1:], approved[-1:])
    _officers(case, words)
    for key in listed(case.core, KeyRow, "keys WHERE revoked IS NOT NULL ORDER BY kid"):
        over = _revocation(key)
        _two(case, f"key {key.kid}", words.over(f"key:{key.kid}", "key.revoke", over))
    for tag, (done, act) in _BY_TWO.items():
        for said in case.facts.tagged(tag):
            if said.facts.get(done):
                subject, over = str(said.facts.get("subject")), str(said.facts.get("digest"))
                _two(case, str(said), words.over(subject, act, over))


_BY_TWO = {
    Tag.REFERENCE_ACTIVATE: ("begins", "reference.activate"),
    Tag.RETENTION_LIFT: ("lifted", "retention.lift"),
    Tag.EPOCH_OPEN: ("opened", "epoch.open"),
}
"""Acts that are done with a second signature: the member that says so, and the act."""


def _two(case: Case, about: str, *groups: Iterable[ApprovalRow]) -> None:
    given = [word for group in groups for word in group]
    officers, keys = {word.officer for word in given}, {word.kid for word in given}
    missing = len(groups) > 1 and not all(groups)
    if missing or len(officers) < NEEDED or len(keys) < NEEDED:
        came = ", ".join(sorted(f"{word.act} by {word.officer}" for word in given))
        case.found("approval-missing", about, "two officers over the same digest", came or "none")


def _above_a_guard(review: bytes) -> bool:
    """Whether a figure of a frozen review lies above its threshold; what is no review is told
    elsewhere."""
    try:
        guards = decode(review, what="a review").get("guards", [])
    except NotVerified:
        return False
    return any(figure > most for _, figure, most in guards)


def _three(
    case: Case,
    about: str,
    submits: Sequence[ApprovalRow],
    endorsed: Sequence[ApprovalRow],
    releases: Sequence[ApprovalRow],
) -> None:
    """Above a guard one more officer, under a key of their own, endorsed it."""
    others = [*submits, *releases]
    officers, keys = {word.officer for word in others}, {word.kid for word in others}
    if not any(word.officer not in officers and word.kid not in keys for word in endorsed):
        case.found("approval-missing", about, "a third officer's endorsement", "none")


def _officers(case: Case, words: Words) -> None:
    """The first two are enrolled on the machine; the ledger says so, and of nobody else."""
    bootstrap = 0
    for officer in listed(case.core, OfficerRow, "officers ORDER BY id"):
        enrolled = case.facts.of(f"officer:{officer.id}", Tag.OFFICER_ENROL)
        if not enrolled or officer.standing == "proposed":
            continue
        if enrolled[-1].facts.get("bootstrap"):
            bootstrap += 1
            continue
        over = str(enrolled[-1].facts.get("digest"))
        given = words.over(f"officer:{officer.id}", "officer.approve", over)
        _two(case, f"officer {officer.id}", given)
    if bootstrap > NEEDED:
        case.found("approval-missing", "officers", f"{NEEDED} enrolled at the start", bootstrap)


def _revocation(key: KeyRow) -> str:
    owner = f"{key.owner_kind}/{key.owner}"
    return digest(encode({"v": 1, "typ": "key-revoke", "kid": key.kid, "owner": owner}))
