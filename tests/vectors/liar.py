"""A gateway in memory that makes a whole, validly signed bundle, and lies in one point if told to.

It works in stages, each from what the earlier ones left. A lie is a stage and a function that
changes the work after it: what follows is signed and logged consistently with the lie, so that only
the check that is about this point can see it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain import bundle, entries, ledger, merkle
from gateway.domain.canonical import JsonObject, digest, encode
from gateway.domain.entries import SliceEntry
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import Checkpoint, LedgerEvent, Tag
from gateway.domain.manifest import EntriesHead, Manifest, read_manifest
from gateway.domain.records import Attempt
from gateway.domain.statements import (
    About,
    Ack,
    Approval,
    Confirmation,
    ConfirmRow,
    Consent,
    Reason,
    Statement,
    to_bytes,
)
from gateway.domain.times import DAY, MINUTE, SECOND, Micros, to_wire
from gateway.domain.trust import write_trust
from gateway.services import claims, dossier_write
from gateway.services.dossier import (
    Dossier,
    EntryProof,
    Head,
    Leaf,
    SealingFact,
    Standing,
    StatementFact,
)
from gateway.services.jws import statement_of
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.vectors.keyring import GATEWAY, PARTNER, START, Keys

STAGES = (
    "slice",
    "consent",
    "manifest",
    "review",
    "sealing",
    "answers",
    "events",
    "ledger",
    "dossier",
    "summary",
    "members",
    "file",
)
ORIGIN = "palang-uji.example/ledger"
SALT = bytes(range(32))
SIGNATURES = JoseSignatures()
DELIVERY = f"7.{PARTNER}.1"


@dataclass(frozen=True)
class Scenario:
    """Which bundle: its kind, whether entries are shown, the basis."""

    kind: str = "delivery"
    with_entries: bool = False
    voluntary: bool = False


@dataclass
class Answer:
    """A statement, who signs it, when it comes, and what becomes of it."""

    statement: Statement
    at: Micros
    standing: Standing = Standing.COUNTED
    signer: str = "partner"
    reason: str = ""
    payload: bytes = b""  # signed instead of the statement's own, where it is set

    def jws(self, keys: Keys) -> bytes:
        payload = self.payload or to_bytes(self.statement)
        return SIGNATURES.sign(payload, str(self.statement.kind), keys.signers[self.signer])


@dataclass
class Word:
    """An officer's approval before it is signed."""

    officer: str
    signer: str
    act: str
    subject: str = "batch:7"
    digest: str = ""
    aud: str = GATEWAY


class Liar:
    """One bundle in the making; see STAGES."""

    def __init__(
        self, keys: Keys, scenario: Scenario, stage: str = "", lie: Callable[[Liar], None] | None = None
    ) -> None:
        self.keys, self.scenario = keys, scenario
        self.clock = START
        for name in STAGES:
            getattr(self, f"_{name}")()
            if name == stage and lie is not None:
                lie(self)

    def tick(self) -> Micros:
        """The next moment; everything happens a minute after what was before."""
        self.clock += MINUTE
        return self.clock

    # --- what is sealed -------------------------------------------------------------------------

    def _slice(self) -> None:
        action = "listed" if self.scenario.voluntary else "block"
        lines = [
            SliceEntry(i, 628701111000 + i, action, "penipuan", "whatsapp", "", "", "")
            for i in range(1, 5)
        ]
        self.csv = entries.write(lines)
        self.head = EntriesHead(
            len(self.csv),
            entries.salted_digest(SALT, self.csv),
            entries.root(SALT, entries.data_lines(self.csv)),
        )
        self.counts = (4, 0)

    def _consent(self) -> None:
        self.consent_signer = "partner"
        self.terms = Consent(
            PARTNER,
            GATEWAY,
            START - DAY,
            START - DAY,
            START + 90 * DAY,
            ("penipuan",),
            ("whatsapp",),
            ("domestic",),
            ("category", "channel"),
            100,
            "P30D",
            "pencegahan penipuan",
            "P90D",
            "PT72H",
        )

    def _manifest(self) -> None:
        if self.scenario.voluntary:
            signer = self.keys.signers[self.consent_signer]
            self.consent = SIGNATURES.sign(to_bytes(self.terms), "consent", signer)
        else:
            self.consent = b""
        self.manifest_signer = "manifest"
        self.old_events = [(Tag.GATEWAY_INIT, START - DAY, {"gateway": GATEWAY})]
        self.times = {name: self.tick() for name in ("submit", "release", "seal")}
        self.manifest = Manifest(
            gateway=GATEWAY,
            partner=PARTNER,
            epoch=1,
            sequence=1,
            previous="",
            kind="delta",
            voids=(),
            delivery=DeliveryId(7, PARTNER, 1),
            basis="voluntary" if self.scenario.voluntary else "mandatory",
            consent=digest(self.consent) if self.consent else "",
            test=True,
            block=self.counts[0],
            unblock=self.counts[1],
            entries=self.head,
            released=self.times["release"],
            issued=self.times["seal"],
            respond_within="PT24H",
            checkpoint=self.note_over(self._prefix(), "checkpoint"),
        )

    def _prefix(self) -> list[tuple[bytes, bytes]]:
        """The leaves before the submit, as the manifest's checkpoint covers them."""
        return [(salt_of(i), event(*what)) for i, what in enumerate(self.old_events)]

    def note_over(self, leaves: list[tuple[bytes, bytes]], signer: str) -> str:
        """A signed checkpoint over these (salt, event)."""
        root = merkle.root([ledger.leaf(*one) for one in leaves])
        body = Checkpoint(ORIGIN, len(leaves), root).body()
        return C2spNotes().sign(body, GATEWAY, self.keys.signers[signer])

    def _review(self) -> None:
        self.review: JsonObject = {
            "v": 1,
            "typ": "review",
            "gateway": GATEWAY,
            "batch": 7,
            "test": True,
            "priority": 2,
            "plan": "uji",
            "counts": {"block": self.manifest.block, "unblock": self.manifest.unblock},
            "entries": digest(b"entries"),
            "shares": [[PARTNER, self.manifest.block, self.manifest.unblock]],
            "withheld": [],
            "nobody": 0,
            "guards": [],
        }
        self.submit = Word("siti", "siti", "batch.submit")
        self.release = Word("budi", "budi", "batch.release")

    def _sealing(self) -> None:
        self.manifest_bytes = self.manifest.to_bytes()
        self.manifest_jws = SIGNATURES.sign_detached(
            self.manifest_bytes, "manifest", self.keys.signers[self.manifest_signer]
        )
        parcel = digest(b"parcel")
        self.sealings = [SealingFact(1, parcel, self.keys.seal["partner"], self.times["seal"])]
        self.attempts = [self._attempt(1, "unknown"), self._attempt(2, "sent")]

    def _attempt(self, number: int, outcome: str) -> Attempt:
        began = self.tick()
        named = digest(self.consent) if self.consent else ""
        words = {"endpoint": "sftp://mitra.example:22/inbox", "peer_fingerprint": "SHA256:x"}
        return Attempt(DELIVERY, number, 1, began, named, outcome, self.tick(), **words)

    # --- what comes back ------------------------------------------------------------------------

    def about(self) -> About:
        sealed = read_manifest(self.manifest_bytes)
        parcel = self.sealings[-1].parcel
        return About(sealed.epoch, sealed.sequence, parcel, digest(self.manifest_bytes))

    def ack(self, result: str = "positive", **changes: Any) -> Ack:
        values: dict[str, Any] = {"iss": PARTNER, "aud": GATEWAY, "at": self.clock}
        values |= {"about": self.about(), "result": result}
        values |= {"reason": None if result == "positive" else Reason.MALFORMED}
        return Ack(**(values | changes))

    def confirm(self, revision: int, codes: dict[int, str], **changes: Any) -> Confirmation:
        at = to_wire(self.clock)
        scopes = {"diblokir_total": "total"}
        rows = tuple(ConfirmRow(e, code, scopes.get(code, ""), at) for e, code in codes.items())
        values: dict[str, Any] = {"iss": PARTNER, "aud": GATEWAY, "at": self.clock}
        values |= {"about": self.about(), "delivery": DELIVERY, "revision": revision, "rows": rows}
        return Confirmation(**(values | changes))

    def _answers(self) -> None:
        done = "ditindak" if self.scenario.voluntary else "diblokir_total"
        self.answers = {
            "ack": Answer(self.ack(), self.tick()),
            "nack": Answer(self.ack("negative"), self.tick(), Standing.NOT_COUNTED),
            "first": Answer(self.confirm(1, {1: done, 2: "gagal"}), self.tick()),
            "second": Answer(self.confirm(2, {2: done, 3: "tidak_ditemukan"}), self.tick()),
            "third": Answer(self.confirm(3, {4: done}), self.tick(), Standing.CONFLICT),
            "rival": Answer(self.confirm(3, {4: "gagal"}), self.tick(), Standing.CONFLICT),
            "over": Answer(
                self.confirm(4, {99: done}), self.tick(), Standing.REFUSED, reason="entry-outside"
            ),
        }

    # --- the ledger -----------------------------------------------------------------------------

    def _events(self) -> None:
        self.review_bytes = encode(self.review)
        self.submit_jws, self.release_jws = self.word(self.submit), self.word(self.release)
        self.events: list[tuple[Tag, Micros, JsonObject]] = list(self.old_events)
        if self.consent:
            self.log(Tag.CONSENT_GIVE, START - DAY, consent=digest(self.consent), partner=PARTNER)
        shown = digest(self.review_bytes)
        for tag, jws in (
            (Tag.BATCH_SUBMIT, self.submit_jws),
            (Tag.BATCH_RELEASE, self.release_jws),
        ):
            at = self.times[tag.split(".")[1]]
            self.log(tag, at, batch=7, digest=shown, statement=digest(jws))
        for sealing in self.sealings:
            self._log_sealing(sealing)
        state = "SENDING"
        for attempt in self.attempts:
            state = self._log_attempt(attempt)
        for answer in self.answers.values():
            state = self._log_answer(answer, state)

    def word(self, word: Word) -> bytes:
        over = word.digest or digest(self.review_bytes)
        said = Approval(word.officer, word.aud, self.clock, word.act, word.subject, over)
        return SIGNATURES.sign(to_bytes(said), "approval", self.keys.signers[word.signer])

    def log(self, tag: Tag, at: Micros, **facts: Any) -> None:
        self.events.append((tag, at, facts))

    def _log_sealing(self, sealing: SealingFact) -> None:
        facts: JsonObject = {"manifest": digest(self.manifest_bytes), "batch": 7, "delivery": DELIVERY}
        facts |= {"parcel": sealing.parcel, "sealing": sealing.number, "kid": sealing.kid}
        facts |= {"epoch": self.manifest.epoch, "sequence": self.manifest.sequence}
        self.log(Tag.DELIVERY_SEAL, sealing.at, **facts)

    def _log_attempt(self, attempt: Attempt) -> str:
        facts: JsonObject = {"delivery": DELIVERY, "attempt": attempt.number}
        begun = facts | {"sealing": attempt.sealing}
        begun |= {"consent": attempt.consent} if attempt.consent else {}
        self.log(Tag.DELIVERY_ATTEMPT, attempt.began_at, **begun)
        state = "SENT" if attempt.outcome == "sent" else "QUEUED"
        ended = {"outcome": attempt.outcome, "from": "SENDING", "state": state}
        self.log(Tag.DELIVERY_OUTCOME, attempt.ended_at or 0, **(facts | ended))
        return state

    def _log_answer(self, answer: Answer, state: str) -> str:
        named: JsonObject = {"statement": digest(answer.jws(self.keys))}
        self.log(Tag.INBOUND_KEEP, answer.at, partner=PARTNER, **named)
        at = answer.at + SECOND
        if answer.standing is Standing.REFUSED:
            self.log(Tag.STATEMENT_REFUSE, at, reason=answer.reason, **named)
            return state
        named["delivery"] = DELIVERY
        if isinstance(answer.statement, Confirmation):
            self.log(Tag.CONFIRMATION_RECORD, at, revision=answer.statement.revision, **named)
            return state
        counted, after = answer.standing is Standing.COUNTED, state
        if counted:
            positive = getattr(answer.statement, "result", "") == "positive"
            after = "ACKNOWLEDGED" if positive else "REJECTED"
        facts = {"counted": counted, "from": state, "state": after}
        self.log(Tag.RECEIPT_RECORD, at, **(named | facts))
        return after

    def _ledger(self) -> None:
        self.salted = [(salt_of(i), event(*what)) for i, what in enumerate(self.events)]
        self.note = self.note_over(self.salted, "checkpoint")

    # --- the bundle -----------------------------------------------------------------------------

    def _dossier(self) -> None:
        rows = merkle.levels([ledger.leaf(*one) for one in self.salted])

        def node(level: int, index: int) -> bytes:
            return rows[level][index]

        size, old = len(self.salted), len(self.old_events)
        leaves = tuple(
            Leaf(i, *one, tuple(merkle.inclusion(i, size, node)), *what)
            for i, (one, what) in enumerate(zip(self.salted, self.events, strict=True))
        )
        one = self.scenario.kind == "entry"
        shows = self.scenario.with_entries
        self.dossier = Dossier(
            head=Head(
                "entry" if one else "delivery", GATEWAY, PARTNER, DELIVERY, 1, 1, 3 * one, self.tick()
            ),
            manifest=self.manifest_bytes,
            manifest_jws=self.manifest_jws,
            review=self.review_bytes,
            submit=self.submit_jws,
            release=self.release_jws,
            consent=self.consent,
            sealings=tuple(self.sealings),
            attempts=tuple(self.attempts),
            statements=tuple(self._fact(answer) for answer in self.answers.values()),
            keys=write_trust(self.keys.trust()),
            leaves=leaves,
            note=self.note,
            consistency=tuple(merkle.consistency(old, size, node)),
            summary={},
            entries=self.csv if shows else None,
            salt=SALT if shows else None,
            proof=self.proof(3) if one else None,
        )

    def _fact(self, answer: Answer) -> StatementFact:
        jws = answer.jws(self.keys)
        said = statement_of(jws)
        return StatementFact(digest(jws), jws, answer.at, answer.standing, answer.reason, said)

    def proof(self, entry: int) -> EntryProof:
        lines = entries.data_lines(self.csv)
        rows = merkle.levels(entries.leaves(SALT, lines))
        path = merkle.inclusion(entry - 1, len(lines), lambda level, i: rows[level][i])
        salts = entries.leaf_salts(SALT, entry)
        return EntryProof(entry, lines[entry - 1].decode(), salts[-16:], tuple(path))

    def change(self, **changes: Any) -> None:
        """Say something else in the dossier."""
        self.dossier = replace(self.dossier, **changes)

    def _summary(self) -> None:
        manifest = read_manifest(self.dossier.manifest)
        self.change(summary=claims.recompute(self.dossier, manifest).to_json())

    def _members(self) -> None:
        self.files = dossier_write.members(self.dossier)
        self.files[bundle.INDEX] = bundle.index_of(self.files)

    def _file(self) -> None:
        self.data = bundle.build(self.files)


def salt_of(index: int) -> bytes:
    """A leaf's salt, the same on every run."""
    return index.to_bytes(16)


def event(tag: Tag, at: Micros, facts: JsonObject) -> bytes:
    """An event's bytes."""
    return LedgerEvent(tag, at, facts).to_bytes()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
