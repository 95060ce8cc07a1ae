"""Asking for parcels again, and saying that there is nothing more to say."""

from gateway.domain.errors import Conflict
from gateway.domain.statements import Kind, Nothing, Request
from gateway.domain.times import HOUR, Micros
from partner import outcomes, outgoing, parcels
from partner.kit import Kit
from partner.missing import Missing, missing
from partner.outgoing import Outgoing
from partner.state import Tx

_ASK_AGAIN = 1 * HOUR  # microseconds before the same gap is asked for again


def request(kit: Kit, since: int = 0) -> list[Outgoing]:
    """Ask for parcels again from a sequence on; 0 asks for what is missing, if anything is and it
    was not asked for within the hour."""
    at, pins = kit.clock.now(), kit.pins()
    with kit.state.write() as tx:
        found = missing(tx, pins, at)
        first = since or _unasked(tx, found, at)
        if not first:
            return []
        wanted = Request(kit.identity.id, kit.identity.gateway, at, found.epoch, first)
        made = outgoing.sign(kit, wanted, f"{found.epoch}/{first}")
        outgoing.add(tx, made, at)
        # a crash before leaves the gap unasked for, and the next round asks
        tx.commit("kit.request")
    return [made]


def _unasked(tx: Tx, found: Missing, at: Micros) -> int:
    if not found.gaps:
        return 0
    first = found.gaps[0].first
    row = tx.one(
        "SELECT max(made_at) FROM outgoing WHERE kind = ? AND subject = ?",
        (str(Kind.REQUEST), f"{found.epoch}/{first}"),
    )
    asked = row[0] if row and row[0] is not None else None
    return first if asked is None or at - asked >= _ASK_AGAIN else 0


def nothing(kit: Kit) -> Outgoing:
    """Say that up to the last parcel there is nothing more to report now.

    Raises Conflict where nothing arrived yet, or where outcomes wait to be confirmed.
    """
    at = kit.clock.now()
    with kit.state.write() as tx:
        epoch, sequence = parcels.newest_epoch(tx), parcels.last_sequence(tx)
        if not sequence:
            raise Conflict("no parcel arrived yet: there is nothing to report about")
        if waiting := outcomes.deliveries_to_state(tx):
            raise Conflict(
                f"outcomes of delivery {waiting[0]} are not confirmed yet",
                hint="palang-partner confirm, then say that there is nothing more",
            )
        word = Nothing(kit.identity.id, kit.identity.gateway, at, epoch, sequence)
        made = outgoing.sign(kit, word, f"{epoch}/{sequence}")
        outgoing.add(tx, made, at)
        # a crash before leaves nothing said: the person repeats the command
        tx.commit("kit.nothing")
    return made
