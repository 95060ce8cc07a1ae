"""How a kit stands, for a person and for monitoring; counts and ids, never a number."""

from dataclasses import dataclass

from partner import never_block, operations, orders, outcomes, outgoing, parcels
from partner.kit import Kit


@dataclass(frozen=True, slots=True)
class Status:
    """`enforced` counts numbers ordered to be blocked; `protected` of them are on the never-block
    file since, and no longer on the lists. `waiting` and `hook` are operations, `unanswered` counts
    entries without an outcome, by delivery."""

    partner: str
    gateway: str
    epoch: int
    sequence: int
    enforced: int
    protected: int
    gaps: tuple[tuple[int, int], ...]
    waiting: tuple[tuple[str, int], ...]
    hook: tuple[str, ...]
    unanswered: tuple[tuple[str, int], ...]
    refused: int
    unsent: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether nothing needs a person or another parcel."""
        return not (self.gaps or self.waiting or self.hook)


def status(kit: Kit) -> Status:
    """Read it. Raises Conflict where the state can't be used, InputError for never-block."""
    never = never_block.load(kit.settings.path("never_block"))
    with kit.state.read() as tx:
        waiting = operations.listed(tx, operations.WAITING, operations.NEW)
        answered = outcomes.answered(tx)
        refused = tx.one("SELECT count(*) FROM refusals")
        return Status(
            partner=kit.identity.id,
            gateway=kit.identity.gateway,
            epoch=parcels.newest_epoch(tx),
            sequence=parcels.last_sequence(tx),
            enforced=orders.count(tx),
            protected=sum(never(order.number) for order in orders.enforced(tx)),
            gaps=tuple((gap.first, gap.last) for gap in parcels.gaps(tx)),
            waiting=tuple(
                (one.delivery, one.fresh) for one in waiting if one.state == operations.WAITING
            ),
            hook=tuple(one.operation for one in operations.listed(tx, operations.HOOK)),
            unanswered=tuple(
                (one.delivery, one.entries - one.with_outcome)
                for one in answered
                if one.with_outcome < one.entries
            ),
            refused=int(refused[0]) if refused else 0,
            unsent=tuple(outgoing.unsent(kit)),
        )
