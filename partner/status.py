"""How a kit stands, for a person and for monitoring; counts and ids, never a number."""

from dataclasses import dataclass

from gateway.domain.times import DAY, to_wire
from partner import checkpoints, heard, never_block, operations, orders, outcomes, outgoing, parcels
from partner.advice import advice
from partner.freshness import freshness, signs_statements
from partner.heard import Said
from partner.kit import Kit
from partner.missing import missing

_LONG = 1 * DAY  # microseconds without an answer after which a person must ask


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A statement that the gateway did not answer, or did not accept. `since` is when it was made,
    `row` the row at fault or 0, `advice` what to do."""

    statement: str
    kind: str
    subject: str
    since: str
    times: int
    reason: str
    row: int
    advice: str


@dataclass(frozen=True, slots=True)
class Status:
    """`enforced` counts numbers ordered to be blocked; `protected` of them are on the never-block
    file since, and no longer on the lists. `waiting` and `hook` are operations, `unanswered` counts
    entries without an outcome, by delivery. `awaiting` are statements without the gateway's answer,
    `overdue` of them for a day; `rejected` those that it did not accept. `fresh_until` is the end
    of its newest head, "" before the first; `frozen` once that has passed. `ledger` are the leaves
    of the newest checkpoint, `checkpoints` how many are kept, `unproven` those that no proof leads
    on from yet; `proof_due` says which of them waits for too long, "" where none does."""

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
    awaiting: tuple[Unsettled, ...]
    overdue: int
    rejected: tuple[Unsettled, ...]
    alarms: tuple[tuple[str, str], ...]
    fresh_until: str
    frozen: bool
    ledger: int
    checkpoints: int
    unproven: int
    proof_due: str

    @property
    def good(self) -> bool:
        """Whether nothing needs a person or another parcel."""
        open_ends = self.gaps or self.waiting or self.hook or self.overdue
        return not (open_ends or self.rejected or self.alarms or self.frozen or self.proof_due)


def status(kit: Kit) -> Status:
    """Read it. Raises Conflict where the state can't be used, InputError for never-block."""
    never = never_block.load(kit.settings.path("never_block"))
    pins, now = kit.pins(), kit.clock.now()
    with kit.state.read() as tx:
        fresh = freshness(kit, tx)
        silent = heard.listed(tx, "unanswered") if signs_statements(pins) else []
        waiting = operations.listed(tx, operations.WAITING, operations.NEW)
        answered = outcomes.answered(tx)
        refused = tx.one("SELECT count(*) FROM refusals")
        tip = checkpoints.newest(tx)
        return Status(
            partner=kit.identity.id,
            gateway=kit.identity.gateway,
            epoch=parcels.newest_epoch(tx),
            sequence=parcels.last_sequence(tx),
            enforced=orders.count(tx),
            protected=sum(never(order.number) for order in orders.enforced(tx)),
            gaps=tuple((gap.first, gap.last) for gap in missing(tx, pins, now).gaps),
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
            awaiting=tuple(_unsettled(one) for one in silent),
            overdue=sum(now - one.made_at >= _LONG for one in silent),
            rejected=tuple(_unsettled(one) for one in heard.listed(tx, "refused")),
            alarms=tuple((name, what) for name, what, _at in heard.alarms(tx)),
            fresh_until=to_wire(fresh.until) if fresh.until else "",
            frozen=fresh.frozen,
            ledger=tip.size if tip is not None else 0,
            checkpoints=checkpoints.count(tx),
            unproven=len(checkpoints.unproven(tx)),
            proof_due=checkpoints.overdue(tx, now),
        )


def _unsettled(said: Said) -> Unsettled:
    return Unsettled(
        said.statement,
        said.kind,
        said.subject,
        to_wire(said.made_at),
        said.times,
        said.reason,
        said.row,
        advice(said.kind, said.reason) if said.reason else "it is said again by itself",
    )
