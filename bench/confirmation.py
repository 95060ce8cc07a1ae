"""Record a confirmation: from kept bytes to committed rows, beside raw inserts of them."""

import dataclasses
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.envelope import manifest_of
from bench.report import Report, Scale
from bench.timing import compared, in_turns
from gateway.domain.batch import Batch
from gateway.domain.canonical import digest
from gateway.domain.delivery import Delivery, Priority, State
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import EntriesHead
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.records import (
    GatewayState,
    InboundRecord,
    InboundState,
    ManifestRecord,
    SealedEntry,
    Sealing,
)
from gateway.domain.statements import About, Confirmation, ConfirmRow, to_bytes
from gateway.domain.times import DAY, Micros, to_wire
from gateway.domain.trust import Algorithm, Owner, OwnerKind, Role
from gateway.ports import Aggregate, Signer
from gateway.services.answers import Answers
from gateway.services.pens import Pens
from gateway.services.receiving import JudgeService
from gateway.services.setup import initialise
from gateway.store import schema
from gateway.store.store import SqlStore, open_store
from keys.documents import Documents
from keys.jwk import pinned_key
from keys.jws import JoseSignatures
from keys.raw import PrivateSigner

_COUNTS = {Scale.TINY: (100, 1), Scale.QUICK: (10_000, 3), Scale.USUAL: (100_000, 3)}
_COUNTS[Scale.FULL] = _COUNTS[Scale.USUAL]
"""Entries, runs."""
_NOW = 10 * DAY
_ID = "1.opr-uji-a.1"
_EVENT = LedgerEvent(Tag.GATEWAY_INIT, _NOW, {})
_PARCEL = digest(b"parcel")


class FixedClock:
    """One moment."""

    def now(self) -> Micros:
        """Microseconds since 1970-01-01 UTC."""
        return _NOW


class NoKeys:
    """A gateway without keys: what is measured is the judging, not the signing of its answer."""

    def signer(self, role: Role, at: Micros, among: Collection[Algorithm] = ()) -> Signer:
        """None of any role."""
        raise NotVerified("no-key", f"no {role} key at {at}")


class Desk:
    """A gateway with one sealed delivery, and a partner that confirms it again and again."""

    def __init__(self, folder: Path, count: int) -> None:
        self.count = count
        self._manifest = manifest_of(count, EntriesHead(1, digest(b""), digest(b"")))
        self._key = Ed25519PrivateKey.generate()
        self._revision = 0
        url = f"sqlite:///{folder / 'palang.sqlite'}"
        schema.create(url)
        self.store: SqlStore = open_store(url, FixedClock())
        initialise(self.store, GatewayState("bench", "palang/bench", 1, _NOW), [], [])
        answers = Answers(Pens(NoKeys(), Documents()))
        self.judge = JudgeService(self.store, FixedClock(), JoseSignatures(), answers)
        self._sealed_delivery()

    def _sealed_delivery(self) -> None:
        owner = Owner(OwnerKind.PARTNER, "opr-uji-a")
        pin = pinned_key(self._key.public_key(), owner, Role.STATEMENT, 0, 365 * DAY)
        delivery = Delivery(
            _ID, 1, "opr-uji-a", Priority.ROUTINE, _NOW, _NOW, State.ACKNOWLEDGED, epoch=1
        )
        whole = dataclasses.replace(
            delivery, sequence=1, manifest=self._manifest.digest(), sealing=1
        )
        rows: tuple[Aggregate, ...] = (
            _partner(),
            pin,
            Batch(1, True, Priority.ROUTINE, b"", _NOW),
            whole,
            self._record(),
            Sealing(_ID, 1, b"parcel", _PARCEL, "kid", _NOW),
        )
        with self.store.write() as unit:
            for aggregate in rows:
                unit.save(aggregate, _EVENT)
            numbers = range(62870_0000_0001, 62870_0000_0001 + self.count)
            entries = [SealedEntry(i, number, False) for i, number in enumerate(numbers, 1)]
            unit.deliveries.put_slice(_ID, entries)
            unit.commit("delivery.seal")

    def _record(self) -> ManifestRecord:
        body = self._manifest.to_bytes()
        return ManifestRecord(_ID, "opr-uji-a", 1, 1, digest(body), body, b"", bytes(32))

    def rows(self) -> list[ConfirmRow]:
        """What the partner says of every entry."""
        at = to_wire(_NOW)
        return [ConfirmRow(i, "diblokir_total", "total", at) for i in range(1, self.count + 1)]

    def receive(self) -> InboundRecord:
        """A confirmation of the next revision, kept as received."""
        self._revision += 1
        about = About(1, 1, _PARCEL, self._manifest.digest())
        said = Confirmation(
            "opr-uji-a", "bench", _NOW, about, _ID, self._revision, tuple(self.rows())
        )
        jws = JoseSignatures().sign(to_bytes(said), "confirm", PrivateSigner(self._key))
        record = InboundRecord(0, "opr-uji-a", "statement", digest(jws), jws, _NOW)
        with self.store.write() as unit:
            kept = unit.inbox.keep(record, LedgerEvent(Tag.INBOUND_KEEP, _NOW, {}))
            unit.commit("inbound.keep")
        return kept


def _partner() -> Partner:
    return Partner(
        "opr-uji-a",
        PartnerKind.OPERATOR,
        "Operator Uji A",
        "sftp://palang@127.0.0.1/inbox",
        "",
        "",
        Envelope.JOSE,
        True,
        "PT24H",
        digest(b"card"),
        Standing.LIVE,
    )


def raw_inserts(path: Path, rows: list[ConfirmRow]) -> Callable[[], object]:
    """executemany of the same rows into a bare table, WAL and FULL as the store has them."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE rows (run INT, entry INT, disposition TEXT, scope TEXT, said_at TEXT,"
        " PRIMARY KEY (run, entry)) WITHOUT ROWID"
    )
    run = iter(range(1_000))

    def insert() -> None:
        number = next(run)
        with connection:
            connection.executemany(
                "INSERT INTO rows VALUES (?, ?, ?, ?, ?)", [(number, *row) for row in rows]
            )

    return insert


def run(scale: Scale) -> Iterator[Report]:
    """One report."""
    count, runs = _COUNTS[scale]
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), count)
        # made before the clock runs: receiving is the channel's work, one for each run and warm-up
        waiting = [desk.receive() for _ in range(runs + 1)]

        def record() -> None:
            judged = desk.judge.judge(waiting.pop())
            if judged.state is not InboundState.ACCEPTED:
                raise AssertionError(f"the confirmation must count, it is {judged.note}")

        floor = "floor, raw executemany of the rows"
        jobs: dict[str, Callable[[], object]] = {
            floor: raw_inserts(Path(folder) / "raw.sqlite", desk.rows()),
            "palang: verify, check and record": record,
        }
        measured = in_turns(jobs, runs)
        desk.store.close()
    yield compared("confirmation", f"confirmation of {count} entries", measured, floor)
