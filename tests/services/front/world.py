"""One gateway for the tests of the front services: real store, real keys, a clock to set."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.seed import load_seed
from gateway.domain.records import GatewayState, ReferenceTable
from gateway.domain.statements import Card, Consent, Kind, Statement, Withdrawal, to_bytes
from gateway.domain.times import DAY, HOUR, Micros, from_wire
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, key_to_json
from gateway.reading.files import FileReader
from gateway.services.approvals import Approvals, Signatory
from gateway.services.batches import Batches, Wanted
from gateway.services.consents import Consents
from gateway.services.endorsement import Endorsement
from gateway.services.guards import GuardLimits
from gateway.services.hold_acts import HoldActs
from gateway.services.holds import HoldQueue
from gateway.services.intake import Intakes, Options
from gateway.services.officers import Officers
from gateway.services.partners import Partners
from gateway.services.release import Release
from gateway.services.release_check import ReleaseCheck
from gateway.services.review_dates import ReviewDates
from gateway.services.setup import initialise
from gateway.services.stop import StopBatch
from gateway.store.store import SqlStore, open_store
from keys import jwk
from keys.cards import open_card
from keys.generate import generate
from keys.jws import JoseSignatures
from keys.raw import PrivateSigner
from tests.blank import lay

GATEWAY = "palang-uji"
START = from_wire("2026-11-24T07:00:00Z")
LIMITS = GuardLimits(20_000, 60, 50, 30, 500)
#: synthetic numbers of domain.md 5: 870 and 871 are opr-uji-a, 872 opr-uji-b; the last is foreign
SHEET = (
    "nomor hp;kategori;kanal;no bukti;tanggal bukti\n"
    "0870-1111-2201;Penipuan;WhatsApp;TIKET-1;2026-11-20\n"
    "0871-1111-2202;Penipuan;SMS;TIKET-2;2026-11-20\n"
    "0872-1111-2203;Judi online;WhatsApp;TIKET-3;2026-11-20\n"
    "+61 491 570 006;Penipuan;WhatsApp;TIKET-4;2026-11-20\n"
)


@dataclass
class SetClock:
    """Stands still until it is moved."""

    at: Micros = START

    def now(self) -> Micros:
        return self.at


@dataclass
class PartnerSide:
    """A partner's own keys, and what it signs."""

    id: str
    kind: str
    test: bool = True
    statement: PrivateSigner = field(default_factory=lambda: new_signer())
    seal: PinnedKey | None = None

    def sign(self, statement: Statement) -> bytes:
        return JoseSignatures().sign(to_bytes(statement), str(statement.kind), self.statement)

    def card(self, at: Micros = START, channel: str = "", **changes: object) -> bytes:
        owner = Owner(OwnerKind.PARTNER, self.id)
        window = (START - DAY, START + 700 * DAY)
        if self.seal is None:
            key = generate(Algorithm.ECDH_X25519).public_key()
            self.seal = jwk.pinned_key(key, owner, Role.SEAL, *window)
        signer = self.statement
        pin = PinnedKey(signer.kid, owner, Role.STATEMENT, signer.alg, signer.public, *window)
        values = {
            "iss": self.id,
            "aud": GATEWAY,
            "at": at,
            "name": f"Mitra uji {self.id}",
            "partner_kind": self.kind,
            "contacts": ("operasi@mitra.example",),
            "envelopes": ("jose",),
            "channel": channel or f"sftp://palang@{self.id}.example:22/inbox",
            "reply": f"sftp://palang@{self.id}.example:22/outbox",
            "peer": "",
            "test": self.test,
            "keys": (key_to_json(pin), key_to_json(self.seal)),
        }
        return self.sign(Card(**(values | changes)))  # type: ignore[arg-type]  # a table of values

    def consent(self, at: Micros = START, **changes: object) -> bytes:
        values = {
            "iss": self.id,
            "aud": GATEWAY,
            "at": at,
            "since": START - DAY,
            "until": START + 365 * DAY,
            "categories": ("penipuan",),
            "channels": ("whatsapp", "sms"),
            "origins": ("domestic", "foreign"),
            "fields": ("category",),
            "most": 1000,
            "period": "P30D",
            "purpose": "pencegahan penipuan",
            "retention": "P90D",
            "target": "PT72H",
        }
        return self.sign(Consent(**(values | changes)))  # type: ignore[arg-type]  # as above

    def withdrawal(self, consent: str, at: Micros = START) -> bytes:
        return self.sign(Withdrawal(self.id, GATEWAY, at, consent))


def new_signer() -> PrivateSigner:
    return PrivateSigner(generate(Algorithm.ED25519))  # type: ignore[arg-type]  # a signing key


class World:
    """A gateway after `palang init`, with its services."""

    def __init__(self, folder: Path, limits: GuardLimits = LIMITS) -> None:
        self.folder = folder
        url = lay(folder / "palang.sqlite")
        self.clock = SetClock()
        self.store: SqlStore = open_store(url, self.clock)
        self.signatures = JoseSignatures()
        self.approvals = Approvals(self.signatures)
        self.officers = Officers(self.store, self.approvals, self.clock)
        self.partners = Partners(
            self.store, self.approvals, self.clock, open_card, lambda _card: None
        )
        self.consents = Consents(self.store, self.signatures, self.clock)
        self.intakes = Intakes(self.store, self.clock, FileReader())
        self.batches = Batches(self.store, self.clock, FileReader(), self.approvals)
        self.releases = Release(self.store, self.approvals, self.clock, limits)
        self.endorsements = Endorsement(self.store, self.approvals, self.clock, limits)
        self.stops = StopBatch(self.store, self.approvals, self.clock)
        self.review_dates = ReviewDates(self.store, self.clock)
        self.holds = HoldQueue(self.store, self.approvals, self.clock)
        self.hold_acts = HoldActs(self.store, self.approvals, self.clock)
        self.check = ReleaseCheck(self.approvals, self.clock)
        state = GatewayState(GATEWAY, f"{GATEWAY}.example/ledger", 1, START)
        initialise(self.store, state, (), reference_tables())

    def pass_time(self, span: Micros = HOUR) -> Micros:
        self.clock.at += span
        return self.clock.at

    def officer(self, name: str) -> Signatory:
        """Enrol; live for the first two, else proposed."""
        signatory = Signatory(name, new_signer())
        self.officers.enrol(name, f"Petugas {name}", signatory.signer)
        return signatory

    def two_officers(self) -> tuple[Signatory, Signatory]:
        return self.officer("siti"), self.officer("budi")

    def live_partner(self, side: PartnerSide, by: tuple[Signatory, Signatory]) -> PartnerSide:
        self.partners.propose(side.card(self.clock.at), by[0])
        self.partners.approve(side.id, by[1])
        return side

    def intake(self, sheet: str = SHEET, **options: object) -> int:
        given = Options(source="iasc", **options)  # type: ignore[arg-type]  # by name
        return self.intakes.add(self.file(sheet.encode()), "laporan.csv", given).id

    def file(self, data: bytes) -> Path:
        """A file of these bytes."""
        path = self.folder / f"masuk-{len(list(self.folder.iterdir()))}"
        path.write_bytes(data)
        return path

    def batch(self, sheet: str = SHEET) -> int:
        """Prepared from one intake."""
        return self.batches.prepare(Wanted((self.intake(sheet),)))[0].id

    def released(self, by: tuple[Signatory, Signatory], sheet: str = SHEET) -> int:
        """A batch through submit and release."""
        batch = self.batch(sheet)
        self.releases.submit(batch, by[0])
        self.releases.release(batch, by[1])
        return batch

    def execute(self, statement: str, *values: object) -> None:
        """What somebody with the database file can do behind our back, triggers or not."""
        with self.by_hand() as connection:
            connection.execute(statement, values)

    @contextmanager
    def by_hand(self) -> Iterator[sqlite3.Connection]:
        """The database file, without its triggers."""
        file = self.store._engine.url.database
        assert file is not None
        with closing(sqlite3.connect(file)) as connection:
            triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (name,) in connection.execute(triggers).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            connection.commit()


def reference_tables() -> list[ReferenceTable]:
    return [
        ReferenceTable(t.kind, t.version, t.source, t.digest, t.columns, t.rows)
        for t in load_seed().tables
    ]


__all__ = ["GATEWAY", "LIMITS", "SHEET", "START", "Kind", "PartnerSide", "SetClock", "World"]
