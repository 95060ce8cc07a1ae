"""What a made-up gateway seals, and what its partner answers: the first stages of a Liar."""

from __future__ import annotations

from typing import Any

from gateway.domain import entries, ledger, merkle
from gateway.domain.canonical import JsonObject, digest
from gateway.domain.entries import SliceEntry
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import Checkpoint, Tag
from gateway.domain.manifest import EntriesHead, Manifest, read_manifest
from gateway.domain.records import Attempt
from gateway.domain.statements import (
    About,
    Ack,
    Confirmation,
    ConfirmRow,
    Consent,
    Reason,
    Request,
    to_bytes,
)
from gateway.domain.times import DAY, MINUTE, Micros, to_wire
from gateway.services.announced import Announced
from gateway.services.dossier import SealingFact, Standing
from keys.notes import C2spNotes
from tests.vectors.keyring import GATEWAY, PARTNER, START, Keys
from tests.vectors.parts import (
    DELIVERY,
    ORIGIN,
    SALT,
    SIGNATURES,
    Answer,
    Fetch,
    Scenario,
    Word,
    event,
    salt_of,
)


class Making:
    """The stages up to the partner's answers."""

    keys: Keys
    scenario: Scenario
    clock: Micros

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
            "per-entry",
        )

    def _manifest(self) -> None:
        if self.scenario.voluntary:
            signer = self.keys.signers[self.consent_signer]
            self.consent = SIGNATURES.sign(to_bytes(self.terms), "consent", signer)
        else:
            self.consent = b""
        self.manifest_signer, self.checkpoint_signer = "manifest", "checkpoint"
        self.announced: list[Announced] = []
        self.old_events = [(Tag.GATEWAY_INIT, START - DAY, {"gateway": GATEWAY})]
        acts = ("submit", "endorse", "release") if self.scenario.guarded else ("submit", "release")
        self.times = {name: self.tick() for name in (*acts, "seal")}
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
            checkpoint=self.note_over(self.prefix(), "checkpoint"),
        )

    def prefix(self) -> list[tuple[bytes, bytes]]:
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
            "guards": [["prefix", 5, 3]] if self.scenario.guarded else [["prefix", 3, 3]],
        }
        self.endorse = Word("tini", "tini", "batch.endorse") if self.scenario.guarded else None
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

    def _fetches(self) -> None:
        self.fetches: list[Fetch] = []
        if self.scenario.pull:
            at = self.tick()
            asked = Request(PARTNER, GATEWAY, at, 1, 1)
            self.fetches.append(Fetch(asked, self.sealings[-1].parcel, at))

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
