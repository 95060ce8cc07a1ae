"""Answers and heads: what the gateway said is signed, and says what the judgement was."""

from gateway.domain.canonical import digest
from gateway.domain.ledger import Tag
from gateway.domain.statements import Answer, Head
from gateway.domain.trust import Role
from gateway.fsck.case import Case, wire
from gateway.fsck.rows import OutgoingRow, stream
from gateway.fsck.sql import count


def check_outgoing(case: Case) -> None:
    """Every answer and head, under the gateway's own statement key."""
    if "outgoing" not in case.core.columns():
        return  # a schema of before there were any
    rows = stream(case.core, OutgoingRow, "outgoing ORDER BY made_at, digest")
    for row in case.counted("answers and heads", rows):
        about = f"{row.kind} {row.digest} to {row.partner}"
        if digest(row.body) != row.digest:
            case.found("answer-differs", about, row.digest, digest(row.body))
            continue
        _signed(case, about, row)
    made = "SELECT count(*) FROM outgoing WHERE digest = ?"
    for said in case.facts.tagged(Tag.HEAD_ISSUE):
        if not count(case.core, made, str(said.facts.get("statement"))):
            case.found("row-missing", str(said), "the head that it records", "none")


def _signed(case: Case, about: str, row: OutgoingRow) -> None:
    signed = case.holds(
        "answer-differs",
        about,
        "the gateway's signature by its statement key",
        lambda: case.verify.signatures.open_statement(
            row.body, case.own, Role.STATEMENT, case.trust, row.made_at, row.partner
        ),
    )
    if signed is None:
        return
    word = signed.statement
    case.differs("answer-differs", about, "kind", str(word.kind), row.kind)
    case.differs("answer-differs", about, "made", wire(word.at), wire(row.made_at))
    if isinstance(word, Answer):
        _answer(case, about, word, row)
    elif isinstance(word, Head):
        case.differs("answer-differs", about, "answers", "", row.subject)
        if not case.facts.of_statement(row.digest, Tag.HEAD_ISSUE):
            case.found("row-unlogged", about, "a leaf head.issue", "none")
    else:
        case.found("answer-differs", about, "an answer or a head", word.kind)


def _answer(case: Case, about: str, word: Answer, row: OutgoingRow) -> None:
    case.differs("answer-differs", about, "answers", word.statement, row.subject)
    states = {
        str(state)
        for (state,) in case.core.rows(
            "SELECT state FROM inbound WHERE digest = ? AND partner = ?", row.subject, row.partner
        )
    }
    wanted = "ACCEPTED" if word.result == "accepted" else "REFUSED"
    if wanted not in states:
        came = ", ".join(sorted(states)) or "none"
        case.found("answer-differs", about, f"a statement that is {wanted}", came)
