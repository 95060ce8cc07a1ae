"""The windows of announced and of retired keys, as the ledger has them (promise C)."""

from gateway.domain.ledger import Tag
from gateway.fsck.case import Case, exact
from gateway.fsck.facts import Said
from gateway.fsck.rows import KeyRow

NEEDED = 2
"""Officers whose signatures a trust change takes (promise I)."""


def is_announced(case: Case, row: KeyRow) -> bool:
    """Check the window of a key that was announced: empty before the second signature, then that of
    the announcement, up to its retirement. False where it was not announced."""
    announced = case.facts.of(f"key:{row.kid}", Tag.KEY_ANNOUNCE)
    if not announced:
        return False
    begins, ends = (str(announced[-1].facts[name]) for name in ("begins", "ends"))
    full = second(case, row.kid, Tag.KEY_ANNOUNCE) is not None
    window = (begins, ended(case, row.kid, ends) if full else begins)
    came = (exact(row.not_before), exact(row.not_after))
    case.differs("row-differs", f"key {row.kid}", "window", window, came)
    return True


def ended(case: Case, kid: str, end: str) -> str:
    """When a key's window ends: where it was retired, when that leaf says, else `end`."""
    retired = second(case, kid, Tag.KEY_RETIRE)
    return str(retired.facts["ends"]) if retired is not None else end


def second(case: Case, kid: str, tag: Tag) -> Said | None:
    """The leaf of the second officer's word, which took effect; None before."""
    found = case.facts.of(f"key:{kid}", tag)
    return next((s for s in found if int(s.facts.get("signatures", 0)) >= NEEDED), None)
