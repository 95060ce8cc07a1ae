"""The figures of a report, counted the plain way from the raw lists: entry by entry."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from gateway.domain.times import WIB, Micros
from tests.services.reports.making import KINDS, MONTH, TERM_MICROS
from tests.services.reports.raw import History, RawBatch, RawDelivery

DONE = {"diblokir_total", "sudah_diblokir", "sudah_nonaktif", "ditindak", "dibuka", "sudah_terbuka"}
FINAL = DONE | {"bukan_pelanggan", "superseded"}
BEFORE = {"sudah_diblokir", "sudah_nonaktif", "sudah_ditindak"}


def recount(history: History, now: Micros, test: bool = False) -> dict[str, Any]:
    """What the report must say, as its figures have it."""
    return _Recount(history, now, test).figures()


class _Recount:
    def __init__(self, history: History, now: Micros, test: bool) -> None:
        self.history, self.now, self.test = history, now, test
        self.sent_on, self.blocked_on = Counter[str](), Counter[str]()
        self.cohort = [b for b in history.batches if b.test == test and _inside(b.released_at)]

    def figures(self) -> dict[str, Any]:
        operators = sorted({
            d.partner for b in self._until() for d in b.deliveries if KINDS[d.partner] == "operator"
        })  # fmt: skip
        return {
            "batches": len(self.cohort),
            "other_batches": sum(
                b.test != self.test and _inside(b.released_at) for b in self.history.batches
            ),
            "nobody": sum(b.nobody for b in self.cohort),
            "operators": {one: self.partner({one}) for one in operators},
            "otts": self.otts(),
            "numbers": self.numbers(),
            "days": {
                day: (self.sent_on[day], self.blocked_on[day])
                for day in self.sent_on.keys() | self.blocked_on.keys()
            },
            "strange_statements": sum(
                KINDS[partner] == "operator" and reason == "entry-outside" and _inside(at)
                for partner, reason, at in self.history.refused
            ),
            "intake": self.intake(),
            "resolutions": dict(Counter(a for a, _, _, at in self.history.resolved if _inside(at))),
            "repeats": self.repeats(),
        }

    def _until(self) -> list[RawBatch]:
        return [
            b for b in self.history.batches if b.test == self.test and b.released_at < MONTH.end
        ]

    def effective(self, delivery: RawDelivery) -> list[Any]:
        said = [s for s in self.history.statements if s.delivery == delivery.id]
        revisions = Counter(s.revision for s in said)
        return sorted((s for s in said if revisions[s.revision] == 1), key=lambda s: s.revision)

    def acknowledged(self, delivery: RawDelivery) -> Micros | None:
        positive = [
            r.received_at
            for r in self.history.receipts
            if r.delivery == delivery.id and r.counted and r.result == "positive"
        ]
        return min(positive) if positive else None

    def start(self, delivery: RawDelivery) -> Micros | None:
        if delivery.handed_over_at is not None:
            return delivery.handed_over_at
        return self.acknowledged(delivery)

    def partner(self, partners: set[str]) -> dict[str, Any]:
        sides = {"block": Counter[str](), "unblock": Counter[str]()}
        dispositions, carried = Counter[tuple[str, str, str]](), Counter[str]()
        acked: list[int] = []
        blocked: list[int] = []
        numbers: dict[str, set[int]] = {"block": set(), "unblock": set()}
        for batch in self._until():
            for d in batch.deliveries:
                if d.partner not in partners:
                    continue
                if not _inside(batch.released_at):
                    self.carry(d, carried)
                    continue
                self.entries(d, sides, dispositions, blocked, numbers)
                at, start = self.acknowledged(d), self.start(d)
                if at is not None and start is not None:
                    acked += [max(0, at - start) // 1_000_000] * len(d.sealed or ())
        return {
            **{side: {n: c for n, c in counts.items() if c} for side, counts in sides.items()},
            "dispositions": {key: n for key, n in dispositions.items() if n},
            "carried": {name: n for name, n in carried.items() if n},
            "to_acknowledge": _percentiles(acked),
            "to_declared_blocked": _percentiles(blocked),
            "numbers": {side: len(found) for side, found in numbers.items()},
        }

    def otts(self) -> dict[str, Any]:
        """All together; nothing is owed, so nothing is carried over."""
        named = {d.partner for b in self.cohort for d in b.deliveries if KINDS[d.partner] == "ott"}
        total = self.partner(named)
        del total["carried"], total["numbers"]
        return {"partners": len(named), "shown": len(named) > 1} | total

    def carry(self, d: RawDelivery, carried: Counter[str]) -> None:
        start = self.start(d)
        if start is None or d.halted:
            return
        left = sum(not self.is_final(d, entry) for entry in range(1, len(d.sealed or ()) + 1))
        carried["outstanding"] += left
        carried["deliveries"] += left > 0
        carried["overdue"] += left * (self.now > start + TERM_MICROS)

    def words(self, d: RawDelivery, entry: int) -> list[tuple[Micros, str, str]]:
        return [(s.received_at, code, scope) for s in self.effective(d)
                for at, code, scope in s.rows if at == entry]  # fmt: skip

    def is_final(self, d: RawDelivery, entry: int) -> bool:
        words = self.words(d, entry)
        return bool(words) and words[-1][1] in FINAL and words[-1][2] != "list-only"

    def entries(self, d: RawDelivery, sides: Any, dispositions: Any, blocked: Any, numbers: Any
                ) -> None:  # fmt: skip
        start = self.start(d)
        shares = {"block": d.share[0], "unblock": d.share[1]}
        sealed = Counter("unblock" if u else "block" for _, u in d.sealed or ())
        for side, count in shares.items():
            sides[side]["released"] += count
            if start is None:
                sides[side]["halted"] += count * d.halted
            elif sealed[side]:
                sides[side]["left_out"] += count - sealed[side]
        for entry, (number, unblock) in enumerate(d.sealed or (), 1):
            side = "unblock" if unblock else "block"
            self.entry(d, entry, start, sides[side], side, dispositions, blocked)
            if start is not None:
                numbers[side].add(number)

    def entry(self, d: RawDelivery, entry: int, start: Micros | None, c: Counter[str], side: str,
              dispositions: Any, blocked: list[int]) -> None:  # fmt: skip
        words = self.words(d, entry)
        final, late = self.is_final(d, entry), False
        if words:
            _, code, scope = words[-1]
            c["confirmed"] += 1
            dispositions[side, code, scope] += 1
            done = code in DONE and scope != "list-only"
            c["done"] += done
            c["before"] += code in BEFORE
            c["final"] += final
            if done and side == "block":
                first = min(t for t, code, scope in words if code in DONE and scope != "list-only")
                if start is None:
                    c["without_hand_over"] += 1
                else:
                    blocked.append(max(0, first - start) // 1_000_000)
                    if KINDS[d.partner] == "operator":
                        self.blocked_on[_day(first)] += 1
        if self.acknowledged(d) is not None:
            c["acknowledged"] += 1
        if start is None:
            return
        c["sent"] += 1
        if KINDS[d.partner] == "operator":
            self.sent_on[_day(start)] += 1
        if d.halted:
            c["stopped"] += not final
            return
        late = self.now > start + TERM_MICROS
        in_time = any(t <= start + TERM_MICROS and code in FINAL and scope != "list-only"
                      for t, code, scope in words)  # fmt: skip
        c["never"] += not words
        c["outstanding"] += not final
        if KINDS[d.partner] == "operator":
            c["overdue"] += late and not final
            c["missed"] += late and not in_time

    def numbers(self) -> dict[str, int]:
        block: set[int] = set()
        unblock: set[int] = set()
        answered: set[int] = set()
        for batch in self.cohort:
            for d in batch.deliveries:
                if KINDS[d.partner] != "operator" or self.start(d) is None:
                    continue
                for entry, (number, is_unblock) in enumerate(d.sealed or (), 1):
                    (unblock if is_unblock else block).add(number)
                    if not is_unblock and self.words(d, entry):
                        answered.add(number)
        return {"block": len(block), "unblock": len(unblock), "never": len(block - answered)}

    def intake(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in self.history.intakes:
            if _inside(one.added_at) and not one.loading:
                row = found.setdefault(
                    one.source, {"files": 0, "corrections": 0, "rows": Counter()}
                )
                row["files"] += 1
                row["corrections"] += one.follows is not None
                row["rows"].update(one.counts)
        return found

    def repeats(self) -> dict[tuple[str, str, int], int]:
        within = {b.id for b in self.cohort}
        sources: dict[int, set[str]] = defaultdict(set)
        for one in self.history.intakes:
            for batch, number in one.asks:
                if batch in within:
                    sources[number].add(one.source)
        return dict(Counter((min(s), max(s), len(s)) for s in sources.values() if len(s) > 1))


def _inside(at: Micros) -> bool:
    """November 2026 on a Jakarta clock."""
    day = datetime.fromtimestamp(at / 1_000_000, WIB)
    return (day.year, day.month) == (2026, 11)


def _day(at: Micros) -> str:
    return datetime.fromtimestamp(at / 1_000_000, WIB).strftime("%Y-%m-%d")


def _percentiles(seconds: list[int]) -> dict[str, Any]:
    ordered = sorted(seconds)
    ranks = [math.ceil(p / 100 * len(ordered)) for p in (50, 90, 95, 100)]
    return {"entries": len(ordered), "seconds": [ordered[r - 1] for r in ranks] if ordered else []}
