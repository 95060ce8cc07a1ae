"""The sums of a report: one tally for each operator, one for all OTTs together."""

from collections import Counter
from dataclasses import dataclass, field

from gateway.domain.canonical import JsonObject
from gateway.domain.dispositions import DISPOSITIONS, counts_as_done, is_final
from gateway.domain.percentiles import nearest_rank
from gateway.domain.times import SECOND, Micros, to_wib
from gateway.ports.views.reports import DeliveryRow
from gateway.services.report_answers import Answer

PERCENTS = (50, 90, 95, 100)
SIDES = ("block", "unblock")
BEFORE = frozenset({"sudah_diblokir", "sudah_nonaktif", "sudah_ditindak"})
"""What says that the number was blocked, or gone, before our request."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a delivery at the cut-off. `released` are block and unblock entries as two
    officers saw them; `deadline` is 0 where none runs."""

    row: DeliveryRow
    released: tuple[int, int]
    acknowledged_at: Micros | None
    refused: bool
    deadline: Micros

    @property
    def start(self) -> Micros | None:
        """The first hand-over that its channel confirmed, or the receipt that proves one."""
        handed, received = self.row.handed_over_at, self.acknowledged_at
        return handed if handed is not None else received


@dataclass(slots=True)
class Tally:
    """Sums over deliveries. `counts` are by action and name, in entries."""

    partners: set[str] = field(default_factory=set)
    batches: set[int] = field(default_factory=set)
    deliveries: Counter[str] = field(default_factory=Counter)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    said: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    acknowledged: Counter[int] = field(default_factory=Counter)
    blocked: Counter[int] = field(default_factory=Counter)
    carried: Counter[str] = field(default_factory=Counter)
    sent_on: Counter[str] = field(default_factory=Counter)
    blocked_on: Counter[str] = field(default_factory=Counter)
    sent: list[int] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)

    def add(self, known: Known, answer: Answer, now: Micros) -> int:
        """A delivery of the period; returns how many of its entries nobody said a word about."""
        self.partners.add(known.row.partner)
        self.batches.add(known.row.batch)
        self._count_delivery(known)
        never = sum(self._count_side(known, answer, now, side) for side in (False, True))
        for (unblock, code, scope), entries in answer.said.items():
            self.said[SIDES[unblock], code, scope] += entries
        if known.start is None:
            if answer.blocked:
                self.counts["block", "without_hand_over"] += answer.blocked.total()
            return never
        self.sent.append(known.row.key)
        self.sent_on[_day(known.start)] += known.row.blocks + known.row.unblocks
        if known.acknowledged_at is not None:
            waited = _seconds(known.start, known.acknowledged_at)
            self.acknowledged[waited] += known.row.blocks + known.row.unblocks
        for came, entries in answer.blocked.items():
            self.blocked[_seconds(known.start, came)] += entries
            self.blocked_on[_day(came)] += entries
        return never

    def carry(self, known: Known, answer: Answer, now: Micros) -> None:
        """A delivery of an earlier period: only what is still outstanding."""
        left = sum(_outstanding(known, answer, side) for side in (False, True))
        if left:
            self.carried["deliveries"] += 1
            self.carried["outstanding"] += left
            self.carried["overdue"] += left if 0 < known.deadline < now else 0

    def _count_delivery(self, known: Known) -> None:
        self.deliveries["released"] += 1
        self.deliveries["sent"] += known.start is not None
        self.deliveries["acknowledged"] += known.acknowledged_at is not None
        self.deliveries["refused"] += known.refused
        self.deliveries["halted"] += known.row.halted

    def _count_side(self, known: Known, answer: Answer, now: Micros, unblock: bool) -> int:
        side = SIDES[unblock]
        sealed = (known.row.blocks, known.row.unblocks)[unblock]
        sent = sealed if known.start is not None else 0
        released = max(known.released[unblock], sent)
        said = {key: n for key, n in answer.said.items() if key[0] == unblock}
        final = sum(n for (_, code, scope), n in said.items() if is_final(code, scope))
        going = sent > 0 and not known.row.halted
        over = going and 0 < known.deadline < now
        left = _outstanding(known, answer, unblock)
        never = sent - sum(said.values()) if going else 0
        found = {
            "released": released,
            "sent": sent,
            "halted": released if known.row.halted and not sent else 0,
            "left_out": released - sent if sent else 0,
            "acknowledged": sealed if known.acknowledged_at is not None else 0,
            "confirmed": sum(said.values()),
            "final": final,
            "done": sum(n for (_, code, scope), n in said.items() if counts_as_done(code, scope)),
            "before": sum(n for (_, code, _scope), n in said.items() if code in BEFORE),
            "outstanding": left,
            "stopped": sent - final if sent and known.row.halted else 0,
            "never": never,
            "overdue": left if over else 0,
            "missed": sent - answer.in_time[unblock] if over else 0,
        }
        self.counts.update({(side, name): count for name, count in found.items() if count})
        return never

    def document(self) -> JsonObject:
        """As the recorded figures have it; times in whole seconds."""
        return {
            "batches": len(self.batches),
            "deliveries": dict(sorted(self.deliveries.items())),
            **{side: self._side(side) for side in SIDES},
            "dispositions": [[*key, count] for key, count in sorted(self.said.items(), key=_order)],
            "to_acknowledge": _times(self.acknowledged),
            "to_declared_blocked": _times(self.blocked),
            "carried": dict(sorted(self.carried.items())),
        }

    def _side(self, wanted: str) -> JsonObject:
        return {name: n for (side, name), n in sorted(self.counts.items()) if side == wanted}


def _outstanding(known: Known, answer: Answer, unblock: bool) -> int:
    """Entries handed over that wait for a final word; a halted delivery is owed none."""
    if known.start is None or known.row.halted:
        return 0
    final = sum(
        n
        for (asked, code, scope), n in answer.said.items()
        if asked == unblock and is_final(code, scope)
    )
    return (known.row.blocks, known.row.unblocks)[unblock] - final


def _seconds(begin: Micros, end: Micros) -> int:
    """Whole seconds; 0 where the word came before its hand-over was confirmed."""
    return max(0, end - begin) // SECOND


def _day(at: Micros) -> str:
    return to_wib(at).date().isoformat()


def _times(counts: Counter[int]) -> JsonObject:
    found = nearest_rank(counts, PERCENTS)
    return {"entries": sum(counts.values()), "seconds": list(found)}


_PLACE = {code: place for place, code in enumerate(DISPOSITIONS)}


def _order(item: tuple[tuple[str, str, str], int]) -> tuple[str, int, str]:
    (side, code, scope), _ = item
    return side, _PLACE[code], scope
