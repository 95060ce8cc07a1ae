"""A small gateway whose every step is a real one: cards, consents, intakes, releases, answers.

It has what a year brings: a confirmation that is corrected, two that contradict each other, a
refusal and its resume, a lost reply, a stopped batch with its void, an unblock, a withdrawal, a
third officer, a revoked key, a statement that is not the partner's, a source's signed list, held
rows that officers resolved.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.seed import load_seed
from gateway.domain import parcel as zipped
from gateway.domain.canonical import digest
from gateway.domain.ledger import LedgerEvent, Tag, read_checkpoint
from gateway.domain.manifest import read_manifest
from gateway.domain.parties import PartnerKind
from gateway.domain.records import ReferenceTable
from gateway.domain.statements import Card, Nothing
from gateway.domain.times import DAY, HOUR, MINUTE, to_wib
from gateway.domain.trust import Trust, key_to_json, write_trust
from gateway.fsck.case import Kept, Verifiers
from gateway.fsck.report import Report
from gateway.fsck.run import prove
from gateway.ports.exchange import ExchangePartner, Quotas, TransportRules
from gateway.reading.files import FileReader
from gateway.services.batches import Batches, Unblocks, Wanted
from gateway.services.desk import RESUME
from gateway.services.evidence import EvidenceService
from gateway.services.guards import GuardLimits
from gateway.services.intake import Intakes, Options
from gateway.services.keys import Keys
from gateway.services.partners import Partners
from gateway.services.release import Release
from gateway.services.stop import StopBatch
from gateway.services.tables import Tables
from gateway.store.exchange import schema
from gateway.store.exchange.store import SqlExchange, open_exchange
from keys.cards import open_card
from keys.documents import Documents
from keys.jose import open_jwe
from keys.keyring import KeyOpeners
from keys.notes import C2spNotes
from keys.period_keys import PeriodFolder
from partner.state import State
from tests.fsck.town_holds import resolutions
from tests.fsck.town_ladder import climb
from tests.fsck.town_lists import hand_in
from tests.fsck.town_retention import retain
from tests.fsck.town_staff import staff
from tests.services.back.parts import GATEWAY
from tests.services.back.peer import Peer, lost_reply
from tests.services.back.world import World

HEAD = "nomor hp;kategori;kanal;no bukti;tanggal bukti\n"
LIMITS = GuardLimits(20_000, 100, 100, 100, 100_000)
VERIFY = Verifiers(Documents(), C2spNotes())
SHIPPED = {(t.kind, t.version): t for t in load_seed().tables}


class Town(World):
    """A gateway with its front services too; partners come by card, batches by intake."""

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder, **more)
        with self.store.write() as uow:
            for t in load_seed().tables:
                table = ReferenceTable(t.kind, t.version, t.source, t.digest, t.columns, t.rows)
                facts = {"kind": t.kind, "version": t.version, "digest": t.digest}
                uow.save(table, LedgerEvent(Tag.REFERENCE_LOAD, self.clock.now(), facts))
            uow.commit("gateway.init")
        both = (self.store, self.approvals, self.clock)
        self.partners = Partners(*both, open_card, lambda _card: None)
        self.intakes = Intakes(self.store, self.clock, FileReader())
        self.batches = Batches(self.store, self.clock, FileReader(), self.approvals)
        self.releases = Release(*both, LIMITS)
        self.stops = StopBatch(*both)
        self.keys = Keys(*both)

    def partner(self, name: str, kind: PartnerKind = PartnerKind.OPERATOR, **_more: Any) -> Peer:
        """Proposed by one officer, approved by the other."""
        peer = Peer(name, GATEWAY, self.clock.at, self.clock.now, self.trust)
        self.peers[name] = peer
        self.partners.propose(card(peer, kind), self.siti)
        self.partners.approve(name, self.budi)
        return peer

    def prepared(self, rows: list[str]) -> int:
        """A batch of these rows (number;category;channel)."""
        lines = [f"{row};TIKET-{i};2026-11-20\n" for i, row in enumerate(rows)]
        sheet = self.file((HEAD + "".join(lines)).encode())
        intake = self.intakes.add(sheet, "laporan.csv", Options(source="iasc", resend=True)).id
        return self.batches.prepare(Wanted((intake,)))[0].id

    def profile(self) -> None:
        """The columns of iasc's files, kept."""
        sample = self.file((HEAD + "0870-1111-2201;Penipuan;WhatsApp;T-1;2026-11-20\n").encode())
        with self.intakes.planned(sample, "laporan.csv") as (_opened, plan):
            self.intakes.profiles.save("iasc", plan, "petugas")

    def file(self, data: bytes) -> Path:
        """A file that came in; the last one is overwritten."""
        path = self.folder / "masuk.csv"
        path.write_bytes(data)
        return path

    def blocks(self, rows: list[str]) -> int:
        """A released batch of these rows."""
        return self.signed(self.prepared(rows))

    def unblocks(self, numbers: list[str]) -> int:
        """A released batch that frees these numbers."""
        text = "nomor hp\n" + "".join(f"{number}\n" for number in numbers)
        wanted = Unblocks(self.file(text.encode()), "buka.csv", "SURAT-1/2026")
        return self.signed(self.batches.unblock(wanted)[0].id)

    def signed(self, batch: int) -> int:
        """Through both officers."""
        self.releases.submit(batch, self.siti)
        self.releases.release(batch, self.budi)
        return batch

    def exchange(self) -> str:
        """An exchange store with what the worker would have laid ready there; its URL."""
        url = f"sqlite:///{self.folder / 'exchange.sqlite'}"
        schema.create(url)
        store = open_exchange(url)
        try:
            for peer in self.peers.values():
                if peer.opened:  # a source gets no parcel
                    self._publish(store, peer)
        finally:
            store.close()
        return url

    def _publish(self, store: SqlExchange, peer: Peer) -> None:
        with self.store.read() as uow:
            partner = uow.registry.partner(peer.id)
        trust = write_trust(
            Trust(GATEWAY, [k for k in self.trust().keys if k.owner.id in (GATEWAY, peer.id)])
        )
        rules = TransportRules()
        store.put_partner(ExchangePartner(peer.id, GATEWAY, True, partner.card, trust, rules))
        now = self.clock.now()
        for parcel in peer.arrivals:
            store.publish(peer.id, parcel, now)
        for message in peer.told:
            store.say(peer.id, message, now)
        receipt = peer.sign(peer.ack(peer.opened[1].about))
        store.keep_statement(peer.id, digest(receipt), receipt, now, Quotas())


def copy_of(folder: Path, peer: Peer) -> Path:
    """A kit's folder as it would be if the peer were one: its state, and an empty inbox."""
    kit = folder / peer.id
    (kit / "inbox").mkdir(parents=True)
    with State(kit / "state.sqlite").write() as tx:
        for arrived in {one.digest: one for one in peer.arrivals}.values():
            contents = zipped.unpack(open_jwe(arrived.data, KeyOpeners(*peer.openers)))
            _record(tx, peer, arrived.digest, contents)
        tx.commit("kit.receive")
    return kit


def _record(tx: Any, peer: Peer, parcel: str, contents: zipped.Contents) -> None:
    manifest = read_manifest(contents.manifest)
    body, _blank, _signatures = manifest.checkpoint.partition("\n\n")
    name, head = digest(contents.manifest), read_checkpoint(body + "\n")
    if not tx.rows("SELECT 1 FROM parcels WHERE manifest = ?", (name,)):
        tx.run(
            "INSERT INTO parcels (manifest, epoch, sequence, previous, delivery, batch, consent,"
            " entries, stored_at, tree_origin, tree_size, tree_root, note, body, signature, slice,"
            " salt) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(name, manifest.epoch, manifest.sequence, manifest.previous),
                *(str(manifest.delivery), manifest.batch, manifest.consent, manifest.count),
                *(peer.now(), head.origin, head.size, head.root, manifest.checkpoint),
                *(contents.manifest, contents.signature, contents.entries, contents.salt),
            ),
        )
    tx.run("INSERT INTO sealings (parcel, manifest, acked) VALUES (?,?,1)", (parcel, name))


def card(peer: Peer, kind: PartnerKind) -> bytes:
    """The peer's own card."""
    return peer.sign(
        Card(
            *(peer.id, GATEWAY, peer.now(), f"Mitra {peer.id}", str(kind)),
            *(("operasi@mitra.example",), ("jose",), f"peer:{peer.id}", f"peer:{peer.id}", ""),
            *(True, (key_to_json(peer.statement_pin), key_to_json(peer.seal_pin))),
        )
    )


def a_year(town: Town) -> None:
    """Everything that the module's text names."""
    a, b, ott = _partners(town)
    numbers = ["0870-1111-2201", "0871-1111-2202"]
    town.profile()
    town.blocks(
        [
            f"{numbers[0]};Penipuan;WhatsApp",
            f"{numbers[1]};Judi online;SMS",
            "0872-1111-2203;Penipuan;WhatsApp",
            "+61 491 570 006;Penipuan;WhatsApp",
            "+61 491 570 156;Judi online;SMS",
        ]
    )
    town.run_until_quiet(3)
    EvidenceService(town.store, town.clock, town.checkpoints.covering).delivery(
        "1.opr-uji-a.1", "auditor"
    )
    b.lost = [lost_reply()]
    town.blocks(["0870-1111-2205;Penipuan;WhatsApp", "0872-1111-2206;Penipuan;WhatsApp"])
    town.run_until_quiet(6)
    _corrections(town, a)
    _refusal(town, b)
    _stop(town)
    town.unblocks(numbers[:1])
    town.run_until_quiet(4)
    _strangers(town, a, b)
    _withdrawal(town, ott)
    town.run_until_quiet(4)
    hand_in(town)
    resolved = resolutions(town, HEAD)
    _activation(town)
    seventh = town.batches.prepare(Wanted(resolved))[0].id
    town.signed(seventh)  # released, and not sealed yet
    retain(town)


def _activation(town: Town) -> None:
    """Another numbering plan, of the same rows, rules from tomorrow on."""
    now = town.clock.now()
    with town.store.read() as uow:
        plan = uow.registry.reference("numbering_plan", now)
    later = replace(plan, version="2027-01-01", digest=digest(b"2027-01-01"))
    tables = Tables(town.store, town.approvals, town.clock, lambda *_: later)
    tables.load("numbering_plan", b"")
    tomorrow = to_wib(now + DAY).date().isoformat()
    for by in (town.siti, town.budi):
        tables.activate("numbering_plan", "2027-01-01", tomorrow, by)


def _partners(town: Town) -> tuple[Peer, Peer, Peer]:
    a, b = town.partner("opr-uji-a"), town.partner("opr-uji-b")
    ott = town.partner("ott-uji", PartnerKind.OTT)
    town.consent(ott, answers="per-entry", channels=("whatsapp", "sms"))
    _officers(town)
    climb(town, b.id)
    staff(town)
    return a, b, ott


def _officers(town: Town) -> None:
    """A third and a fourth officer; the fourth leaves again."""
    for name in ("rina", "dewi"):
        town._officer(name)
        town.officers.approve(name, town.siti)
        town.officers.approve(name, town.budi)
    town.officers.revoke("dewi", town.siti)
    town.officers.revoke("dewi", town.budi)


def _corrections(town: Town, peer: Peer) -> None:
    """A second revision, and two of the third that contradict each other."""
    opened = peer.opened[1]
    for revision, codes in ((2, ["sudah_diblokir"]), (3, ["gagal", "tertunda"])):
        for code in codes:
            scope = "total" if code == "sudah_diblokir" else ""
            peer.say(peer.confirm(opened, [(1, code, scope)], revision))
            town.round()
    peer.say(peer.confirm(opened, [(1, "sudah_diblokir", "total")], 2))  # the same in other bytes
    town.pass_time(MINUTE)
    town.round()


def _refusal(town: Town, peer: Peer) -> None:
    """A parcel that the partner refuses; an officer resumes it, and it is taken."""
    peer.answers = False
    town.blocks(["0872-1111-2207;Penipuan;WhatsApp"])
    town.round()
    opened = peer.open(peer.arrivals[-1])
    peer.say(peer.nack(opened.about))
    town.round()
    peer.answers = True
    delivery = str(opened.manifest.delivery)
    assert town.state(delivery) == "REJECTED"
    town.pass_time(HOUR)
    town.desk.resume(delivery, town.word)
    town.run_until_quiet(3)
    assert town.state(delivery) == "ACKNOWLEDGED", RESUME


def _stop(town: Town) -> None:
    """A batch that is sealed and stopped before it went; its sequence is void."""
    batch = town.blocks(["0871-1111-2209;Penipuan;WhatsApp"])
    town.sealing.seal_partner("opr-uji-a")
    town.stops.stop(batch, town.siti)
    town.run_until_quiet(1)


def _strangers(town: Town, a: Peer, b: Peer) -> None:
    """A statement signed by somebody else, rubbish, the same again, a request, nothing more."""
    stranger, _pin = a.new_signer()
    a.say(a.sign(a.ack(a.opened[1].about), stranger))
    a.say(b"rubbish")
    receipt = a.sign(a.ack(a.opened[2].about))
    a.say(receipt)
    a.say(receipt)
    town.run_until_quiet(1)
    a.say(receipt)
    b.say(b.request(1))
    b.say(Nothing(b.id, GATEWAY, b.now(), 1, 1))
    town.run_until_quiet(4)


def _withdrawal(town: Town, ott: Peer) -> None:
    """The consent ends while a delivery waits."""
    town.blocks(["+61 491 570 157;Penipuan;WhatsApp"])
    town.sealing.seal_partner("ott-uji")
    town.pass_time(MINUTE)
    with town.store.read() as uow:
        consent = uow.registry.consents("ott-uji")[-1].digest
    town.withdraw(ott, consent)
    town.pass_time(DAY)


def check(
    database: Path | str, trust: Trust | None = None, steps: list[str] | None = None, **kept: Any
) -> Report:
    """Run fsck over a database file or URL."""
    home = Path(str(database)).parent.parent
    if (home / "period-keys").is_dir():  # a gateway's own home
        kept.setdefault("periods", PeriodFolder(home / "period-keys", home / "secrets" / "periods"))
    outside = Kept(trust=trust, shipped=SHIPPED, **kept)
    told = steps if steps is not None else []
    return prove(str(database), VERIFY, outside, lambda step, _rows: told.append(step))


@contextmanager
def by_hand(database: Path) -> Iterator[sqlite3.Connection]:
    """Write to a database behind the gateway's back: without its triggers and foreign keys."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA synchronous = OFF")  # for speed: nothing here must last
        triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        known = connection.execute(triggers).fetchall()
        for name, _sql in known:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        there = {name for name, _sql in connection.execute(triggers)}
        for sql in (sql for name, sql in known if name not in there):
            connection.execute(sql)
        connection.commit()
