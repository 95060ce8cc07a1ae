"""What the holder of a number may ask (UU PDP 27/2022): who looked at it here, why, who got it.

Asked for one number, within 3 x 24 hours. The answer names accounts, reasons and partners, and no
number but, masked, the one that was asked about.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.access import Access, AccessFilter, What
from gateway.domain.delivery import Delivery
from gateway.domain.ledger import Tag
from gateway.domain.numbering import mask
from gateway.domain.times import Micros, from_wire, show_wib
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.access import AccessLog, By, note

_INTAKE = re.compile(r"intake:[0-9]+")
_OF_INTAKE = {What.CASE_UNMASK: What.INTAKE_VIEW, What.EXPORT_LIST: What.EXPORT_LIST}
"""What is noted of an intake, and what it is for the holder of one of its numbers: somebody saw
cells of the file, not surely this one."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Somebody looked at it, or took it away. `who` is an account's name and role, or the login of
    the machine."""

    at: Micros
    who: str
    what: What
    reason: str


@dataclass(frozen=True, slots=True)
class SentTo:
    """A partner that was sent the number. `at` is None where the hand-over is not confirmed."""

    at: Micros | None
    partner: str
    delivery: str
    voluntary: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer, as of a moment."""

    shown: str
    at: Micros
    looked: tuple[Looked, ...]
    sent: tuple[SentTo, ...]


@dataclass(frozen=True, slots=True)
class DataSubject:
    """Answers, and writes in the access log that it did."""

    store: Store
    clock: Clock
    access: AccessLog

    def answer(self, number: int, reason: str, by: By) -> Answer:
        """Everything about one number (E.164 digits), the newest first; noted with its reason."""
        subject = self.access.of_number(number)
        with self.store.read() as uow:
            places = dict(uow.deliveries.deliveries_of_number(number))
            deliveries = [uow.deliveries.delivery(name) for name in sorted(places)]
            names = {one.id: f"{one.name} ({one.role})" for one in uow.staff.all()}
            sent = tuple(_sent(uow, one) for one in deliveries)
            batches = {f"batch:{one.batch}" for one in deliveries}
            exported = [*_exported(uow, places)]
        with self.store.write() as uow:
            note(uow, self.clock, by, What.SUBJECT_ANSWER, subject, reason)
            # a crash before leaves no answer; after it the log says that one was made
            uow.commit("subject.answer")
        looked = [
            Looked(row.at, names.get(row.account, row.account), row.what, row.reason)
            for wanted in (subject, *(f"delivery:{name}" for name in places), *sorted(batches))
            for row in self.access.rows(AccessFilter(subject=wanted))
            if wanted == subject or row.what is What.ENTRIES_VIEW
        ]
        looked += [
            Looked(row.at, names.get(row.account, row.account), _OF_INTAKE[row.what], row.reason)
            for row in self._of_intakes(number)
        ]
        everything = sorted([*looked, *exported], key=lambda one: one.at, reverse=True)
        return Answer(mask(number), self.clock.now(), tuple(everything), sent)

    def _of_intakes(self, number: int) -> list[Access]:
        """Looks at cells of intakes that hold the number, and lists of them that were taken away;
        a cell that was held or rejected counts too."""
        wanted = AccessFilter(what=tuple(map(str, _OF_INTAKE)))
        rows = [row for row in self.access.rows(wanted) if _INTAKE.fullmatch(row.subject)]
        with self.store.read() as uow:
            holding = {
                subject
                for subject in {row.subject for row in rows}
                if uow.retention.holds_number(int(subject.removeprefix("intake:")), number)
            }
        return [row for row in rows if row.subject in holding]


def _sent(uow: UnitOfWork, delivery: Delivery) -> SentTo:
    partner = uow.registry.partner(delivery.partner)
    voluntary = partner.basis == "voluntary"
    return SentTo(delivery.handed_over_at, partner.name, delivery.id, voluntary)


def _exported(uow: UnitOfWork, places: dict[str, int]) -> Iterator[Looked]:
    """Evidence bundles that hold the number, as the ledger says: made on the machine too."""
    named = {f"{delivery}/{entry}" for delivery, entry in places.items()}
    if not named:
        return
    tag = str(Tag.AUDIT_EXPORT).encode()
    for leaf in uow.log.leaves(0, uow.log.size()):
        if tag not in leaf.event:
            continue
        facts = json.loads(leaf.event)
        if facts["event"] == Tag.AUDIT_EXPORT and _holds(facts, places, named):
            at, who = from_wire(facts["at"]), str(facts.get("login", ""))
            yield Looked(at, who, What.EXPORT_EVIDENCE, "")


def _holds(facts: dict[str, object], places: dict[str, int], named: set[str]) -> bool:
    listed = facts.get("places")
    if isinstance(listed, list) and named & set(map(str, listed)):
        return True
    entry = places.get(str(facts.get("delivery")))
    return entry is not None and (facts.get("entry") == entry or facts.get("entries") is True)


WORDS = {
    What.CASE_VIEW: "melihat riwayat nomor",
    What.CASE_UNMASK: "melihat nomor secara lengkap",
    What.ENTRIES_VIEW: "melihat isi penyampaian yang memuat nomor",
    What.INTAKE_VIEW: "melihat isi berkas penerimaan yang memuat nomor",
    What.EXPORT_LIST: "mengunduh daftar dari berkas penerimaan yang memuat nomor",
    What.EXPORT_EVIDENCE: "mengunduh berkas bukti yang memuat nomor",
    What.SUBJECT_ANSWER: "menyusun jawaban atas permintaan pemilik nomor",
}


def letter(answer: Answer, gateway: str) -> Iterator[str]:
    """The answer in Bahasa Indonesia, line by line."""
    yield "JAWABAN ATAS PERMINTAAN SUBJEK DATA PRIBADI (UU 27/2022)"
    yield f"Sistem: Palang {gateway}"
    yield f"Nomor: {answer.shown}"
    yield f"Keadaan per: {show_wib(answer.at)}"
    yield ""
    yield "1. Pihak yang menerima nomor ini"
    for sent in answer.sent:
        basis = "sukarela, bukan perintah" if sent.voluntary else "wajib"
        when = show_wib(sent.at) if sent.at is not None else "penyerahan belum terkonfirmasi"
        yield f"   - {sent.partner}, penyampaian {sent.delivery} ({basis}): {when}"
    if not answer.sent:
        yield "   Tidak ada: nomor ini tidak pernah disampaikan kepada mitra."
    yield ""
    yield "2. Akses oleh petugas"
    for look in answer.looked:
        words = WORDS.get(look.what, str(look.what))
        reason = f"; alasan: {look.reason}" if look.reason else ""
        yield f"   - {show_wib(look.at)}: {look.who} {words}{reason}"
    if not answer.looked:
        yield "   Tidak ada akses yang tercatat."
    yield ""
    yield "Dimuat di atas: akses yang tercatat dalam log akses sistem. Aplikasi hanya dapat"
    yield "menambah log itu; pemilik basis data masih dapat mengubahnya."
