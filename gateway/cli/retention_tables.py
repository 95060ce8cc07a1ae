"""What `palang retention` shows: reviews, policies, holds and tombstones as lines and documents."""

from gateway.cli.common import columns
from gateway.domain.canonical import Json
from gateway.domain.retention import LegalHold
from gateway.domain.times import show_wib, to_wire
from gateway.services.retention import Purge, Review, State

LOST = "per-number proofs become impossible"


def review_lines(review: Review | None) -> list[str]:
    """By thing and month what goes, what waits, what stays and why."""
    if review is None:
        return ["no retention policy rules: nothing is purged"]
    head = ("what", "month", "goes", "bytes", "later", "stays whatever the policy says")
    rows = [
        (
            share.what,
            share.month,
            share.goes,
            share.size or "",
            share.waits,
            "; ".join(f"{count} {why}" for why, count in share.kept),
        )
        for share in review.shares
    ]
    kept = ", ".join(f"{name} {months} months" for name, months in review.policy.months.items())
    return [
        f"policy {review.policy.version}: {kept} ({review.policy.citation})",
        *columns(head, rows),
        f"{review.sum('proofs')} {LOST} if it is run now",
    ]


def state_lines(state: State) -> list[str]:
    """Policies and tombstones, a line each."""
    ruling = state.ruling.policy.version if state.ruling is not None else ""
    lines = [
        f"policy {one.version}: {_begun(begins)}{', rules' * (one.version == ruling)}"
        for one, begins in state.policies
    ]
    lines += [
        f"purged on {went.at} under policy {went.policy} ({went.citation}) by {went.by}: "
        f"parcels of {len(went.parcels)} and proofs of {len(went.proofs)} deliveries, numbers of "
        f"{len(went.numbers)} batches, rows of {len(went.rows)} intakes"
        for went in state.tombstones
    ]
    if state.pending:
        lines.append(f"WARNING: keys of {', '.join(state.pending)} wait for their destruction")
    return lines


def _begun(begins: int | None) -> str:
    return f"from {show_wib(begins)}" if begins is not None else "one signature"


def hold_lines(holds: tuple[LegalHold, ...]) -> list[str]:
    """Holds, a line each; never a number."""
    return [
        f"legal hold {one.id} on {about(one)}, {one.reference}: "
        + ("lifted" if one.lifted_at is not None else f"since {show_wib(one.placed_at)}")
        for one in holds
    ]


def about(hold: LegalHold) -> str:
    """What a hold is on."""
    return f"{hold.kind} {hold.subject}".strip()


def hold_document(hold: LegalHold) -> dict[str, Json]:
    """A hold for programs; never its number."""
    return {
        "id": hold.id,
        "kind": hold.kind,
        "subject": hold.subject,
        "reason": hold.reason,
        "reference": hold.reference,
        "placed": to_wire(hold.placed_at),
        "lifted": to_wire(hold.lifted_at) if hold.lifted_at is not None else None,
    }


def document(state: State, holds: tuple[LegalHold, ...], review: Review | None) -> dict[str, Json]:
    """All of `show` for programs."""
    return {
        "rules": state.ruling.policy.version if state.ruling is not None else None,
        "policies": [
            {
                "version": one.version,
                "citation": one.citation,
                "months": dict(one.months),
                "from": to_wire(begins) if begins is not None else None,
            }
            for one, begins in state.policies
        ],
        "tombstones": [
            {"at": went.at, "policy": went.policy, "by": went.by, "months": list(went.months)}
            for went in state.tombstones
        ],
        "pending": list(state.pending),
        "holds": [hold_document(one) for one in holds],
        "review": _review_document(review),
    }


def _review_document(review: Review | None) -> Json:
    if review is None:
        return None
    return {
        "policy": review.policy.version,
        "at": to_wire(review.at),
        "shares": [
            {
                "what": share.what,
                "month": share.month,
                "goes": share.goes,
                "bytes": share.size,
                "later": share.waits,
                "kept": dict(share.kept),
            }
            for share in review.shares
        ],
        "proofs_lost": review.sum("proofs"),
    }


def purge_document(purge: Purge | None) -> dict[str, Json]:
    """A purge for programs."""
    if purge is None:
        return {"purged": False}
    return {
        "purged": True,
        "tombstone": purge.digest,
        "counts": purge.tombstone.counts(),
        "months": list(purge.tombstone.months),
        "destroyed": list(purge.destroyed),
    }


def purge_lines(purge: Purge | None) -> list[str]:
    """A purge for people."""
    if purge is None:
        return ["nothing is due"]
    counts = ", ".join(f"{count} {name}" for name, count in purge.tombstone.counts().items())
    return [
        f"purged: {counts}",
        f"tombstone {purge.digest}",
        f"destroyed: the period keys of {', '.join(purge.destroyed) or 'no month yet'}",
    ]
