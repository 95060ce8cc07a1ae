"""What this partner says: acknowledgements, confirmations, consent and its end.

Each is signed and stored in the transaction that says it was said; outgoing.publish sends it.
"""

from gateway.domain import signed_forms, statements
from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted
from gateway.domain.statements import (
    About,
    Ack,
    Confirmation,
    ConfirmRow,
    Consent,
    Kind,
    Withdrawal,
)
from gateway.domain.times import to_wire
from partner import lists, outcomes, outgoing, parcels, results
from partner.kit import Kit
from partner.outgoing import Outgoing
from partner.parcels import Receipt, Stored
from partner.receive import Answer
from partner.state import Tx

_ROWS = 100_000  # rows a statement; 100,000 have about 8 MB as signed


def acknowledge(kit: Kit, delivery: str = "") -> list[Outgoing]:
    """Acknowledge what waits for it, or one delivery's parcel once more.

    Raises NotFound for a delivery that never arrived.
    """
    with kit.state.write() as tx:
        receipts = parcels.receipts(tx, delivery)
        if delivery and not receipts:
            raise NotFound(f"no parcel of delivery {delivery} is stored here")
        waiting = receipts if delivery else [*receipts, *parcels.negatives(tx)]
        made = [_ack(kit, tx, receipt, published=False) for receipt in waiting]
        # a crash before leaves them to the next round; after, they are stored and go out
        tx.commit("kit.ack")
    return made


def in_response(kit: Kit) -> Answer:
    """Acknowledges a parcel in the transaction that stores it, for the response that is waited for.

    If the response gets lost the sender sends the parcel again.
    """

    def answer(tx: Tx, parcel: str) -> Outgoing:
        waiting = parcels.receipts(tx, parcel=parcel) or parcels.negatives(tx, parcel)
        return _ack(kit, tx, waiting[0], published=True)

    return answer


def _ack(kit: Kit, tx: Tx, receipt: Receipt, *, published: bool) -> Outgoing:
    at, me = kit.clock.now(), kit.identity
    good = receipt.reason is None
    about = (
        receipt.about if good or receipt.about.manifest else About(0, 0, receipt.about.parcel, "")
    )
    note = digest(receipt.note.encode()) if good else ""
    result = Ack(
        me.id,
        me.gateway,
        at,
        about,
        "positive" if good else "negative",
        receipt.reason,
        note,
    )
    made = outgoing.sign(kit, result, receipt.delivery)
    outgoing.add(tx, made, at, published=published)
    parcels.mark_acked(tx, receipt)
    return made


def confirm(kit: Kit) -> list[Outgoing]:
    """State every outcome that was not stated yet, in statements of rising revision.

    Nothing is said of a voluntary slice unless the consent that it rests on promises answers per
    entry (design 1). Raises InputError where lists/ can't be written: what is not written there is
    not confirmed as listed.
    """
    lists.refresh(kit)
    made: list[Outgoing] = []
    with kit.state.read() as tx:
        todo = outcomes.deliveries_to_state(tx)
    for delivery in todo:
        while found := _confirm_some(kit, delivery):
            made.append(found)
    return made


def _confirm_some(kit: Kit, delivery: str) -> Outgoing | None:
    with kit.state.write() as tx:
        stored = parcels.by_delivery(tx, delivery)
        rows = outcomes.unstated(tx, delivery, _ROWS)
        if stored is None or not rows or not _may_confirm(tx, stored):
            return None
        made = _confirmation(kit, tx, stored, rows)
        # A crash before leaves the outcomes unstated and the revision unused; after, the statement
        # is stored and the next round publishes it.
        tx.commit("kit.confirm")
    return made


def _confirmation(kit: Kit, tx: Tx, stored: Stored, rows: list[ConfirmRow]) -> Outgoing:
    at, me, revision = kit.clock.now(), kit.identity, stored.revision + 1
    sealing = parcels.receipts(tx, stored.delivery)[-1]
    statement = Confirmation(
        me.id, me.gateway, at, sealing.about, stored.delivery, revision, tuple(rows)
    )
    made = outgoing.sign(kit, statement, stored.delivery)
    outgoing.add(tx, made, at)
    tx.run("UPDATE parcels SET revision = ? WHERE manifest = ?", (revision, stored.manifest))
    outcomes.mark_stated(tx, stored.delivery, rows, revision)
    return made


def _may_confirm(tx: Tx, stored: Stored) -> bool:
    if not stored.consent:
        return True
    given = [one for one in outgoing.of_kind(tx, Kind.CONSENT) if one.statement == stored.consent]
    if not given:
        return False
    terms = statements.read(signed_forms.payload_of(given[0].body), Kind.CONSENT)
    return isinstance(terms, Consent) and terms.answers == "per-entry"


def record(kit: Kit, delivery: str, data: bytes, name: str) -> int:
    """Take a result file that a person made; returns its rows.

    Raises NotFound, InputError (a bad row, or one for an entry that a later order overtook).
    """
    with kit.state.write() as tx:
        stored = parcels.by_delivery(tx, delivery)
        if stored is None:
            raise NotFound(f"no parcel of delivery {delivery} is stored here")
        said = outcomes.said(tx, delivery)
        gone = {entry for entry, code in said.items() if code == outcomes.SUPERSEDED}
        mine = parcels.entries(tx, stored.manifest)
        allowed = {
            row.entry: row.action in ("unblock", "delisted")
            for row in mine
            if row.entry not in gone
        }
        rows = results.read(data, allowed, name)
        outcomes.say(tx, delivery, rows)
        # a crash before leaves nothing taken: the person repeats the command
        tx.commit("kit.outcome")
    return len(rows)


def repeat_confirmations(kit: Kit, delivery: str) -> None:
    """Publish a delivery's confirmations once more, byte for byte. Raises NotFound."""
    with kit.state.write() as tx:
        if not outgoing.repeat(tx, Kind.CONFIRM, delivery):
            raise NotFound(f"nothing was confirmed of delivery {delivery}")
        # a crash before changes nothing: the person repeats the command
        tx.commit("kit.again")


def consent(kit: Kit, terms: Consent) -> Outgoing:
    """Sign and store a consent. Raises NotPermitted for an operator, InputError for its terms."""
    if kit.identity.basis != "voluntary":
        raise NotPermitted("an operator is not asked for consent; only an OTT gives it")
    if terms.until <= kit.clock.now():
        raise InputError(f"the consent would have ended at {to_wire(terms.until)}")
    made = outgoing.sign(kit, terms, "consent")
    with kit.state.write() as tx:
        outgoing.add(tx, made, terms.at)
        # a crash before leaves no consent: the person repeats the command
        tx.commit("kit.consent")
    return made


def withdraw(kit: Kit, which: str = "") -> Outgoing:
    """End a consent, "" for the one given last. Raises NotFound, Conflict (withdrawn already)."""
    at, me = kit.clock.now(), kit.identity
    with kit.state.write() as tx:
        given = [one.statement for one in outgoing.of_kind(tx, Kind.CONSENT)]
        if not given or (which and which not in given):
            raise NotFound("no such consent was given with this kit")
        wanted = which or given[-1]
        if any(one.subject == wanted for one in outgoing.of_kind(tx, Kind.WITHDRAWAL)):
            raise Conflict(f"consent {wanted} is withdrawn already")
        made = outgoing.sign(kit, Withdrawal(me.id, me.gateway, at, wanted), wanted)
        outgoing.add(tx, made, at)
        # a crash before leaves the consent standing: the person repeats the command
        tx.commit("kit.withdraw")
    return made
