"""The exchange store: what the listener shows is what was sealed, and lets in who is pinned."""

from gateway.domain.canonical import digest
from gateway.domain.errors import NotVerified
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, read_trust
from gateway.fsck import schema
from gateway.fsck.case import Case
from gateway.fsck.exchange_tree import check_tree
from gateway.fsck.sql import Database, count


def check_exchange(case: Case) -> None:
    """The store that was named. Raises InputError where it can't be read."""
    store = case.exchange
    if store is not None and schema.check_exchange(store, case.report):
        _parcels(case, store)
        _said(case, store)
        _partners(case, store)
        _received(case, store)
        check_tree(case, store)


def _parcels(case: Case, store: Database) -> None:
    sql = (
        "SELECT p.partner, p.name, p.digest, p.size, p.ready, b.body FROM exchange_parcels p"
        " LEFT JOIN exchange_bodies b ON b.parcel = p.id ORDER BY p.id"
    )
    sealed = (
        "SELECT count(*) FROM sealings s JOIN deliveries d ON d.id = s.delivery"
        " WHERE s.digest = ? AND d.partner = ?"
    )
    rows = store.stream(sql)
    for partner, name, named, size, ready, body in case.counted("published parcels", rows):
        about = f"{name} for {partner}"
        if not count(case.core, sealed, named, partner):
            case.found("exchange-unknown", about, "a parcel sealed for this partner", named)
        if body is None and ready:
            case.found("exchange-bytes", about, named, "nothing")
        if body is not None and (digest(body), len(body)) != (named, size):
            case.found("exchange-bytes", about, named, digest(body))


def _said(case: Case, store: Database) -> None:
    """Answers and heads that lie ready were made by the worker."""
    rows = store.stream("SELECT partner, name, digest, body FROM exchange_said ORDER BY id")
    for partner, name, named, body in case.counted("statements for partners", rows):
        about = f"{name} for {partner}"
        if digest(body) != named:
            case.found("exchange-bytes", about, named, digest(body))
        made = "SELECT count(*) FROM outgoing WHERE digest = ? AND partner = ?"
        if not count(case.core, made, named, partner):
            case.found("exchange-unknown", about, "a statement made by the worker", named)


def _partners(case: Case, store: Database) -> None:
    """The keys that the listener trusts are pinned keys, with their revocations."""
    for partner, gateway, live, trust in store.stream(
        "SELECT id, gateway, live, trust FROM exchange_partners ORDER BY id"
    ):
        about = f"partner {partner} at the listener"
        case.differs("exchange-trust", about, "gateway", case.gateway, gateway)
        rows = case.core.rows("SELECT standing FROM partners WHERE id = ?", partner)
        if live and rows != [("live",)]:
            case.found("exchange-trust", about, "a partner that is live", "one that is not")
        try:
            keys = read_trust(trust).keys
        except NotVerified:
            case.found("exchange-trust", about, "a trust file", "what can't be read")
            continue
        _keys(case, about, str(partner), keys)


def _keys(case: Case, about: str, partner: str, keys: tuple[PinnedKey, ...]) -> None:
    pinned = {key.kid: key for key in case.trust.keys}
    owners = (case.own, Owner(OwnerKind.PARTNER, partner))
    for key in keys:
        own = pinned.get(key.kid)
        same = own is not None and (own.owner, own.role, own.public) == (
            *(key.owner, key.role),
            key.public,
        )
        if not same or key.owner not in owners:
            case.found("exchange-trust", about, "keys pinned to it or the gateway", key.kid)


def _received(case: Case, store: Database) -> None:
    """What the worker has taken is in the core database; what waits has the bytes of its digest."""
    rows = store.stream(
        "SELECT partner, kind, digest, body, taken_at FROM exchange_inbound ORDER BY id"
    )
    kept = "SELECT count(*) FROM inbound WHERE digest = ? AND partner = ?"
    for partner, kind, named, body, taken in case.counted("received by the listener", rows):
        about = f"{kind} {named} of {partner}"
        if taken is None and digest(body) != named:
            case.found("exchange-bytes", about, named, digest(body))
        if taken is not None and not count(case.core, kept, named, partner):
            case.found("statement-missing", about, "the bytes in the core database", "none")
