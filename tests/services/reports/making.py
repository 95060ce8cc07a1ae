"""Random histories: revisions, conflicts, late and early words, unblocks, voluntary partners."""

from __future__ import annotations

import random

from gateway.domain.periods import PeriodKind, read_period
from gateway.domain.times import DAY, HOUR, MINUTE, Micros
from tests.services.reports.raw import (
    History,
    RawBatch,
    RawDelivery,
    RawIntake,
    RawReceipt,
    RawStatement,
)

MONTH = read_period(PeriodKind.MONTH, "2026-11")
OPERATORS = ("opr-uji-a", "opr-uji-b", "opr-uji-c")
OTTS = ("ott-uji-a", "ott-uji-b")
KINDS = dict.fromkeys(OPERATORS, "operator") | dict.fromkeys(OTTS, "ott")
TERM, TERM_MICROS = "PT24H", 24 * HOUR
BLOCKS = (
    ("diblokir_total", "total"), ("diblokir_total", "list-only"), ("diblokir_sebagian", "sms"),
    ("sudah_diblokir", "total"), ("sudah_nonaktif", ""), ("bukan_pelanggan", ""),
    ("tertunda", ""), ("gagal", ""), ("superseded", ""), ("ditindak", ""),
)  # fmt: skip
UNBLOCKS = (("dibuka", ""), ("sudah_terbuka", ""), ("bukan_pelanggan", ""), ("tertunda", ""))


def history(seed: int, batches: int = 14) -> History:
    """A history of about two months; the same for the same seed."""
    chance = random.Random(seed)
    made = History()
    for number in range(1, batches + 1):
        at = MONTH.begin - 10 * DAY + chance.randrange(45 * DAY)
        made.batches.append(_batch(chance, made, number, at))
    for batch in made.batches:
        for delivery in batch.deliveries:
            _answers(chance, made, delivery, batch.released_at)
    _intakes(chance, made)
    return made


def _batch(chance: random.Random, made: History, number: int, at: Micros) -> RawBatch:
    batch = RawBatch(number, at, test=chance.random() < 0.15, nobody=chance.randrange(3))
    for partner in chance.sample(list(KINDS), chance.randint(1, 4)):
        key = sum(len(b.deliveries) for b in made.batches) + len(batch.deliveries) + 1
        batch.deliveries.append(_delivery(chance, batch, partner, key))
    return batch


def _delivery(chance: random.Random, batch: RawBatch, partner: str, key: int) -> RawDelivery:
    share = (chance.randrange(12), chance.randrange(4) if chance.random() < 0.5 else 0)
    if share == (0, 0):
        share = (1, 0)
    kept = share
    if partner in OTTS and chance.random() < 0.3:
        kept = (share[0] // 2, share[1])  # the consent's maximum
    numbers = chance.sample(range(60), sum(kept))
    entries = [(6_287_000_000_000 + n, i >= kept[0]) for i, n in enumerate(numbers)]
    fate = chance.random()
    if fate < 0.1:
        return RawDelivery(key, batch.id, partner, share, None, halted=chance.random() < 0.5)
    delivery = RawDelivery(key, batch.id, partner, share, entries)
    if fate < 0.85 and entries:
        delivery.handed_over_at = batch.released_at + chance.randrange(30 * HOUR)
    delivery.halted = chance.random() < 0.1
    return delivery


def _answers(chance: random.Random, made: History, delivery: RawDelivery, released: Micros) -> None:
    if not delivery.sealed:
        return
    start = delivery.handed_over_at or released
    if chance.random() < 0.8:
        for _ in range(chance.randint(1, 2)):
            result = "positive" if chance.random() < 0.85 else "negative"
            at = start + chance.randrange(-HOUR, 40 * HOUR)
            made.receipts.append(RawReceipt(
                len(made.receipts) + 1, delivery.id, result, at, counted=chance.random() < 0.9
            ))  # fmt: skip
    for revision in sorted(chance.choices(range(1, 5), k=chance.choice((0, 1, 1, 2, 3, 4)))):
        at = start + chance.choice((chance.randrange(24 * HOUR), chance.randrange(9 * DAY)))
        made.statements.append(RawStatement(
            len(made.statements) + 1, delivery.id, revision, at, _rows(chance, delivery.sealed)
        ))  # fmt: skip
    if made.statements and chance.random() < 0.05:
        made.statements[-1].received_at = start - MINUTE  # it came before its hand-over was known


def _rows(chance: random.Random, sealed: list[tuple[int, bool]]) -> list[tuple[int, str, str]]:
    some = chance.sample(range(1, len(sealed) + 1), chance.randint(1, len(sealed)))
    return [
        (entry, *chance.choice(UNBLOCKS if sealed[entry - 1][1] else BLOCKS))
        for entry in sorted(some)
    ]


def _intakes(chance: random.Random, made: History) -> None:
    for number in range(1, 9):
        at = MONTH.begin - 5 * DAY + chance.randrange(40 * DAY)
        batch = chance.choice(made.batches).id
        asks = [(batch, 6_287_000_000_000 + chance.randrange(9)) for _ in range(6)]
        counts = {name: chance.randrange(50) for name in ("accepted", "held", "rejected")}
        made.intakes.append(RawIntake(
            number, chance.choice(("aduannomor", "iasc", "polri")), at, counts,
            follows=number - 1 if number > 1 and chance.random() < 0.3 else None,
            loading=chance.random() < 0.1, asks=asks,
        ))  # fmt: skip
        made.resolved.append((chance.choice(("accept", "reject")), number, 1, at + HOUR))
        reason = chance.choice(("entry-outside", "signature", "entry-outside"))
        made.refused.append((chance.choice(list(KINDS)), reason, at))
