"""A gateway in memory that makes a whole, validly signed bundle, and lies in one point if told to.

It works in stages, each from what the earlier ones left. A lie is a stage and a function that
changes the work after it: what follows is signed and logged consistently with the lie, so that only
the check that is about this point can see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gateway.domain import bundle, entries, fetched, ledger, merkle
from gateway.domain.canonical import JsonObject, digest, encode
from gateway.domain.ledger import Tag
from gateway.domain.manifest import read_manifest
from gateway.domain.records import Attempt
from gateway.domain.statements import Approval, Confirmation, to_bytes
from gateway.domain.times import DAY, SECOND, Micros, to_wire
from gateway.domain.trust import write_trust
from gateway.services import claims, dossier_write, figures, whole
from gateway.services.checks_whole import inner_of
from gateway.services.cover.page import html
from gateway.services.cover.values import of_delivery, of_month, of_number
from gateway.services.dossier import (
    Dossier,
    EntryProof,
    FetchFact,
    Head,
    Leaf,
    SealingFact,
    Standing,
    StatementFact,
)
from gateway.services.jws import statement_of
from gateway.services.whole import Cutoff, Kind, WholeHead
from tests.vectors.keyring import GATEWAY, PARTNER, START, Keys
from tests.vectors.making import Making
from tests.vectors.parts import (
    DELIVERY,
    SALT,
    SIGNATURES,
    Answer,
    Fetch,
    Scenario,
    Word,
    event,
    salt_of,
)

STAGES = (
    "slice",
    "consent",
    "manifest",
    "review",
    "sealing",
    "fetches",
    "answers",
    "events",
    "ledger",
    "dossier",
    "summary",
    "members",
    "file",
    "whole",
    "outside",
)


class Liar(Making):
    """One bundle in the making; see STAGES."""

    def __init__(
        self,
        keys: Keys,
        scenario: Scenario,
        stage: str = "",
        lie: Callable[[Liar], None] | None = None,
    ) -> None:
        self.keys, self.scenario = keys, scenario
        self.clock = START
        for name in STAGES:
            getattr(self, f"_{name}")()
            if name == stage and lie is not None:
                lie(self)

    # --- the ledger -----------------------------------------------------------------------------

    def _events(self) -> None:
        self.review_bytes = encode(self.review)
        self.submit_jws, self.release_jws = self.word(self.submit), self.word(self.release)
        self.events: list[tuple[Tag, Micros, JsonObject]] = list(self.old_events)
        if self.consent:
            self.log(Tag.CONSENT_GIVE, START - DAY, consent=digest(self.consent), partner=PARTNER)
        shown = digest(self.review_bytes)
        self.endorse_jws = self.word(self.endorse) if self.endorse else b""
        words = [(Tag.BATCH_SUBMIT, self.submit_jws)]
        words += [(Tag.BATCH_ENDORSE, self.endorse_jws)] if self.scenario.guarded else []
        for tag, jws in (*words, (Tag.BATCH_RELEASE, self.release_jws)):
            at = self.times[tag.split(".")[1]]
            self.log(tag, at, batch=7, digest=shown, statement=digest(jws))
        for sealing in self.sealings:
            self._log_sealing(sealing)
        state = "SENDING"
        for attempt in self.attempts:
            state = self._log_attempt(attempt)
        for fetch in self.fetches:
            self._log_fetch(fetch)
        for answer in self.answers.values():
            state = self._log_answer(answer, state)

    def word(self, word: Word) -> bytes:
        over = word.digest or digest(self.review_bytes)
        said = Approval(word.officer, word.aud, self.clock, word.act, word.subject, over)
        return SIGNATURES.sign(to_bytes(said), "approval", self.keys.signers[word.signer])

    def log(self, tag: Tag, at: Micros, **facts: Any) -> None:
        self.events.append((tag, at, facts))

    def _log_sealing(self, sealing: SealingFact) -> None:
        facts: JsonObject = {
            "manifest": digest(self.manifest_bytes),
            "batch": 7,
            "delivery": DELIVERY,
        }
        facts |= {"parcel": sealing.parcel, "sealing": sealing.number, "kid": sealing.kid}
        facts |= {"epoch": self.manifest.epoch, "sequence": self.manifest.sequence}
        self.log(Tag.DELIVERY_SEAL, sealing.at, **facts)

    def _log_attempt(self, attempt: Attempt) -> str:
        facts: JsonObject = {"delivery": DELIVERY, "attempt": attempt.number}
        begun = facts | {"sealing": attempt.sealing}
        begun |= {"consent": attempt.consent} if attempt.consent else {}
        self.log(Tag.DELIVERY_ATTEMPT, attempt.began_at, **begun)
        state = "SENT" if attempt.outcome == "sent" else "QUEUED"
        ended: JsonObject = {"outcome": attempt.outcome, "from": "SENDING", "state": state}
        ended["channel"] = dossier_write.channel_digest(attempt)
        self.log(Tag.DELIVERY_OUTCOME, attempt.ended_at or 0, **(facts | ended))
        return state

    def _log_fetch(self, fetch: Fetch) -> None:
        named: JsonObject = {"statement": digest(fetch.word(self.keys))}
        self.log(Tag.INBOUND_KEEP, fetch.at + SECOND, partner=PARTNER, **named)
        facts: JsonObject = {"delivery": DELIVERY, "parcel": fetch.parcel, "signed": True}
        facts |= {"fetched": to_wire(fetch.at)}
        self.log(Tag.FETCH_RECORD, fetch.at + 2 * SECOND, **(named | facts))

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
        self.note = self.note_over(self.salted, self.checkpoint_signer)

    # --- the bundle -----------------------------------------------------------------------------

    def _dossier(self) -> None:
        rows = merkle.levels([ledger.leaf(*one) for one in self.salted])

        def node(level: int, index: int) -> bytes:
            return rows[level][index]

        size, old = len(self.salted), len(self.old_events)
        leaves = tuple(
            Leaf(i, *one, tuple(merkle.inclusion(i, size, node)), str(what[0]), what[1], what[2])
            for i, (one, what) in enumerate(zip(self.salted, self.events, strict=True))
        )
        one = self.scenario.kind == "entry"
        shows = self.scenario.with_entries
        self.dossier = Dossier(
            head=Head(
                "entry" if one else "delivery",
                GATEWAY,
                PARTNER,
                DELIVERY,
                1,
                1,
                3 * one,
                self.tick(),
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
            fetches=tuple(map(self._fetched, self.fetches)),
            endorse=self.endorse_jws,
            announced=tuple(self.announced),
        )

    def _fetched(self, fetch: Fetch) -> FetchFact:
        body = fetch.word(self.keys)
        return FetchFact(digest(body), body, fetched.read(body))

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
        if self.scenario.cover:
            manifest = read_manifest(self.dossier.manifest)
            self.cover = of_delivery(self.dossier, manifest, self.dossier.summary)
            self.change(cover=html(self.cover))
        self.files = dossier_write.members(self.dossier)
        self.files[bundle.INDEX] = bundle.index_of(self.files)

    def _file(self) -> None:
        self.data = bundle.build(self.files)

    # --- a bundle of several ----------------------------------------------------------------------

    def _whole(self) -> None:
        if not self.scenario.whole:
            return
        manifest = read_manifest(self.dossier.manifest)
        inner = inner_of(DELIVERY, self.dossier, manifest)
        kind: Kind = "month" if self.scenario.whole == "month" else "number"
        self.whole_head = WholeHead(kind, GATEWAY, self.dossier.head.exported)
        self.figures: JsonObject = {}
        if kind == "month":
            cutoff = Cutoff(len(self.salted), self.dossier.head.exported)
            self.whole_head = replace(self.whole_head, month="2026-11", part=1, cutoff=cutoff)
            self.figures = figures.document("2026-11", 1, False, [inner.row], [])
        self.inside = {DELIVERY: self.data}
        self.extra: dict[str, bytes] = {}
        if self.scenario.cover:
            page = of_number(self.whole_head, [inner])
            page = of_month(self.whole_head, self.figures) if kind == "month" else page
            self.extra["cover.html"] = html(page)

    def _outside(self) -> None:
        if self.scenario.whole:
            members = whole.members(self.whole_head, self.inside, self.figures)
            self.files = {**members, **self.extra}
            self.files[bundle.INDEX] = bundle.index_of(self.files)
            self.data = bundle.build(self.files)
