"""Checks 1 to 4: the file itself, and whose keys count."""

from gateway.domain import bundle
from gateway.domain.trust import PinnedKey
from gateway.services.examination import Exam, Finding, expect, ok


def same_bytes(data: bytes, members: bundle.Members) -> Finding:
    """The file is exactly what its members make: nothing hides between or behind them."""
    expect(bundle.build(members) == data, "form", "built again from its members it has other bytes")
    return ok(f"{len(members)} members, {len(data)} bytes")


def form(exam: Exam) -> Finding:
    """`same_bytes` of the exam."""
    return same_bytes(exam.data, exam.members)


def as_listed(members: bundle.Members) -> Finding:
    """index.json lists every member with its digest."""
    damaged = bundle.damaged(members)
    expect(not damaged, "index", "not as index.json says: " + ", ".join(damaged[:5]))
    return ok()


def index(exam: Exam) -> Finding:
    """`as_listed` of the exam."""
    return as_listed(exam.members)


def known(exam: Exam) -> Finding:
    """No member that no check looks at. (That all can be read is proven by the exam itself.)"""
    others = exam.dossier.others
    expect(not others, "members", "unknown members: " + ", ".join(others[:5]))
    return ok()


def pins(exam: Exam) -> Finding:
    """The trust file is this gateway's, and the keys that the bundle shows are not described in
    another way than they are pinned. Revocation and retirement, which bring its end forward, may be
    newer than either."""
    head, pinned = exam.dossier.head, {key.kid: key for key in exam.pinned.keys}
    expect(
        exam.pins.gateway == head.gateway,
        "other-gateway",
        f"the trust file is of {exam.pins.gateway}, the bundle of {head.gateway}",
    )
    for key in exam.shown.keys:
        known = pinned.get(key.kid)
        expect(
            known is None or _same(known, key),
            "other-pin",
            f"key {key.kid} is pinned with another owner, role, validity or public part",
        )
    counting = {key.kid for key in exam.pins.keys}
    unknown = sum(key.kid not in counting for key in exam.shown.keys)
    return ok(f"{unknown} keys of the bundle are not pinned and count for nothing" * bool(unknown))


def _same(pinned: PinnedKey, shown: PinnedKey) -> bool:
    return (
        pinned.owner == shown.owner
        and pinned.role is shown.role
        and pinned.alg is shown.alg
        and pinned.public == shown.public
        and pinned.not_before == shown.not_before
    )
