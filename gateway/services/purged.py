"""What is said where something was purged: when, by whom, under which policy."""

from gateway.domain.errors import NotVerified
from gateway.domain.retention import Went, read_tombstone
from gateway.ports import UnitOfWork

_WHAT = {
    "parcels": "its parcels were",
    "proofs": "its salt and numbers were",
}


def purged(uow: UnitOfWork, what: str, delivery: str) -> NotVerified:
    """The error for content of a delivery that is gone; `what` of domain.retention.WHAT."""
    about = f"delivery {delivery}: {_WHAT[what]} purged"
    went = _went(uow, what, delivery)
    if went is None:  # this database is of before the purge, which destroyed the key
        return NotVerified(
            "purged",
            f"{about} with the period key of their month; a newer database has the tombstone",
            hint="palang fsck names the day and the policy",
        )
    return NotVerified(
        "purged",
        f"{about} on {went.at} by officer {went.by}, under retention policy {went.policy} "
        f"({went.citation})",
        hint="what was signed of it still stands: palang audit export --delivery " + delivery,
    )


def _went(uow: UnitOfWork, what: str, delivery: str) -> Went | None:
    stones = map(read_tombstone, uow.retention.tombstones())
    return next((went for went in stones if delivery in getattr(went, what)), None)
