"""The good bundles of tests/vectors/bundles: each a story that both verifiers must prove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain import entries
from gateway.domain.canonical import digest
from gateway.domain.manifest import EntriesHead
from gateway.domain.statements import Statement, to_bytes
from gateway.domain.times import HOUR, SECOND, to_wire
from gateway.domain.trust import Trust, write_trust
from gateway.services.approvals import Act
from gateway.services.dossier import SealingFact, Standing
from tests.vectors import changing
from tests.vectors.bundle_keys import FixedKeys, cms, openpgp
from tests.vectors.changing import BEGIN, Change, Changes
from tests.vectors.keyring import Keys
from tests.vectors.liar import STAGES, Liar
from tests.vectors.lying import (
    COVER,
    DELIVERY,
    ENTRIES,
    ENTRY,
    GUARDED,
    MONTH,
    NUMBER,
    OTT,
    OTT_COVER,
    PULL,
)
from tests.vectors.parts import DELIVERY as DELIVERY_ID
from tests.vectors.parts import SALT, SIGNATURES, Answer, Scenario, Word

Tell = Callable[["Story"], None]


@dataclass(frozen=True)
class Good:
    """One bundle: its name, what it shows, its scenario, and what is done after which stage."""

    name: str
    shows: str
    scenario: Scenario
    tells: tuple[tuple[str, Tell], ...] = ()


class Story(Liar):
    """A liar that tells the truth, in several places of its work."""

    keys: FixedKeys

    def __init__(self, keys: Keys, scenario: Scenario, *tells: tuple[str, Tell]) -> None:
        self._tells = tells
        super().__init__(keys, scenario)

    def _dossier(self) -> None:
        """Only the keys that matter, so that the files stay small."""
        super()._dossier()
        own = self.manifest_signer.partition("-")[0] + "-"
        trust = self.keys.shown(own)
        since = {one.key.kid: one.key for one in self.announced}
        keys = {key.kid: key for key in (*since.values(), *trust.keys)}
        self.change(keys=write_trust(Trust(trust.gateway, keys.values())))

    def __getattribute__(self, name: str) -> object:
        """After each stage, what is to be told there."""
        found = super().__getattribute__(name)
        if not name.startswith("_") or name[1:] not in STAGES:
            return found

        def stage() -> None:
            found()
            for place, tell in self._tells:
                if place == name[1:]:
                    tell(self)

        return stage


@dataclass
class RawAnswer(Answer):
    """An answer that was signed in another world."""

    raw: bytes = b""

    def jws(self, keys: Keys) -> bytes:
        return self.raw


def in_form(sign: Callable[[FixedKeys, Statement], bytes]) -> Tell:
    """All answers signed otherwise."""

    def tell(story: Story) -> None:
        for name, one in story.answers.items():
            raw = sign(story.keys, one.statement)
            values = (one.statement, one.at, one.standing, one.signer, one.reason, one.payload)
            story.answers[name] = RawAnswer(*values, raw)

    return tell


def by_es256(keys: FixedKeys, said: Statement) -> bytes:
    """A JWS with ES256."""
    return SIGNATURES.sign(to_bytes(said), str(said.kind), keys.es256)


def by_cms(keys: FixedKeys, said: Statement) -> bytes:
    """A CMS message."""
    return cms(to_bytes(said), keys.es256)


def by_openpgp(keys: FixedKeys, said: Statement) -> bytes:
    """An OpenPGP message."""
    return openpgp(to_bytes(said), keys)


def only(*names: str) -> Tell:
    """Of the usual answers these alone."""

    def tell(story: Story) -> None:
        story.answers = {name: story.answers[name] for name in names}

    return tell


def refused_by_partner(story: Story) -> None:
    """One negative receipt, and it counts."""
    story.answers = {"nack": replace(story.answers["nack"], standing=Standing.COUNTED)}


def as_table(story: Story) -> None:
    """The first confirmation as a signed table (CSV)."""
    at = to_wire(story.clock)
    named = f"#palang {DELIVERY_ID} {digest(story.manifest_bytes)}"
    rows = [f"1;diblokir_total;total;{at}", f"2;gagal;;{at}"]
    payload = "\n".join([named, "entry;disposition;scope;at", *rows, ""]).encode()
    first = story.answers["first"]
    said = story.confirm(story.clock // SECOND, {1: "diblokir_total", 2: "gagal"})
    table = RawAnswer(said, first.at, raw=openpgp(payload, story.keys))
    story.answers = {"ack": story.answers["ack"], "first": table}


def sealed_again(story: Story) -> None:
    """The first parcel was never sent: the partner's key had to be replaced."""
    first = story.sealings[0]
    kid = story.keys.seal["partner"]
    story.sealings.append(SealingFact(2, digest(b"parcel 2"), kid, first.at + 20 * SECOND))
    story.attempts = [replace(one, sealing=2) for one in story.attempts]


def mixed(story: Story) -> None:
    """Entry 3 is to be opened again."""
    story.csv = story.csv.replace(b"3,628701111003,block", b"3,628701111003,unblock")
    lines = entries.data_lines(story.csv)
    size, salted = len(story.csv), entries.salted_digest(SALT, story.csv)
    story.head = EntriesHead(size, salted, entries.root(SALT, lines))
    story.counts = (3, 1)


def opened(story: Story) -> None:
    """The partner blocked three and opened one."""
    codes = dict.fromkeys((1, 2, 4), "diblokir_total") | {3: "dibuka"}
    ack, first = story.answers["ack"], story.answers["first"]
    story.answers = {"ack": ack, "first": replace(first, statement=story.confirm(1, codes))}


def signed_first(role: str) -> Tell:
    """By a key whose time was over before the export."""

    def tell(story: Story) -> None:
        note = story.note_over(story.prefix(), f"{role}-checkpoint")
        story.manifest = replace(story.manifest, checkpoint=note)
        story.manifest_signer = f"{role}-manifest"

    return tell


def answered_by(signer: str) -> Tell:
    """By another key of the partner."""

    def tell(story: Story) -> None:
        story.answers = {n: replace(a, signer=signer) for n, a in story.answers.items()}

    return tell


def released_by(officer: str) -> Tell:
    """By an officer who came later."""
    return lambda story: setattr(story, "release", Word(officer, officer, "batch.release"))


def partner_stolen(liar: Liar, found: Changes) -> None:
    """The partner's statement key was revoked by two officers, after its new card."""
    found["card"] = replace(found["card"], at=BEGIN + 3 * HOUR)
    kid = liar.keys.signers["partner"].kid
    key = next(one for one in liar.keys.pins if one.kid == kid)
    found["partner"] = Change(Act.KEY_REVOKE, key, BEGIN + 4 * HOUR)


def refused_since(story: Story) -> None:
    """What the stolen key signed was refused, what the new one signed counts."""
    first = replace(story.answers["first"], standing=Standing.REFUSED, reason="key-revoked")
    story.answers = {"ack": replace(story.answers["ack"], signer="next-statement"), "first": first}


def headed_by(signer: str) -> Tell:
    """The checkpoint by another key of the gateway."""

    def tell(story: Story) -> None:
        story.note = story.note_over(story.salted, signer)

    return tell


def stamped(token: bytes) -> Tell:
    """With a time-stamp over the checkpoint."""
    return lambda story: story.change(timestamp=token)


FEWER = ("answers", only("ack", "first"))
"""What makes a bundle small where the answers are not the point."""


def goods(token: bytes) -> list[Good]:
    """All of them; `token` is the authority's over the checkpoint of `stamped`."""
    return [*_scenarios(), *_of_answers(), *_of_keys(), _stamped(token)]


def _scenarios() -> list[Good]:
    return [
        Good("delivery", "receipt, three revisions, a conflict, a refused statement", DELIVERY),
        Good("delivery-with-entries", "the same with all its numbers", ENTRIES),
        Good("delivery-with-cover", "with the page for people", COVER, (FEWER,)),
        Good("entry", "one entry's story, with its one number", ENTRY),
        Good("number", "one number's whole story", NUMBER, (FEWER,)),
        Good("month", "all deliveries of a month", MONTH, (FEWER,)),
        Good("voluntary-with-consent", "an OTT under its own consent", OTT),
        Good("voluntary-with-cover", "the same with its page", OTT_COVER, (FEWER,)),
        Good("pull-with-fetch", "fetched by a signed request", PULL, (FEWER,)),
        Good("endorsed-by-a-third-officer", "a guard was exceeded", GUARDED, (FEWER,)),
    ]


def _of_answers() -> list[Good]:
    def good(name: str, shows: str, *tells: Tell) -> Good:
        return Good(name, shows, DELIVERY, tuple(("answers", tell) for tell in tells))

    unproven = "its page is a record of a delivery, no proof of receipt"
    conflict = "two confirmations of one revision, neither counts"
    return [
        good("receipts-es256", "statements as JWS with ES256", FEWER[1], in_form(by_es256)),
        good("receipts-cms", "statements as CMS messages", in_form(by_cms)),
        good("receipts-openpgp", "statements as OpenPGP messages", in_form(by_openpgp)),
        good("confirmation-as-table", "a table (CSV) signed with gpg", as_table),
        good("no-answer", "handed over, and never a word of the partner", only()),
        Good("no-answer-with-cover", unproven, COVER, (("answers", only()),)),
        good("receipt-alone", "acknowledged, nothing confirmed", only("ack")),
        good("negative-receipt", "the partner refused the parcel", refused_by_partner),
        good("conflict", conflict, only("ack", "third", "rival")),
    ]


def _of_keys() -> list[Good]:
    rotated = (("manifest", signed_first("first")), FEWER)
    revoked = (("manifest", signed_first("later")), ("ledger", headed_by("later-checkpoint")))
    answered = (FEWER, ("answers", answered_by("later-statement")))
    both = (("slice", mixed), ("answers", opened))
    told = "onboarding's trust file, two rotations, one compromise, a new card, a new officer"
    since, by_new = (("manifest", changing.rotated()),), answered_by("next-statement")
    later = (("review", released_by("wati")),)
    stolen = (("manifest", changing.rotated(partner_stolen)), ("answers", refused_since), FEWER)
    again = (("sealing", sealed_again), FEWER)
    return [
        Good("sealed-again", "a second parcel of the same manifest", DELIVERY, again),
        Good("blocks-and-an-unblock", "a mixed slice with its entries", ENTRIES, both),
        Good("rotated-keys", "keys that ended between sealing and export", DELIVERY, rotated),
        Good("announced-since", told, DELIVERY, (*since, *later, FEWER, ("answers", by_new))),
        Good("announced-since-month", "the same of a month", MONTH, (*since, FEWER)),
        Good("refused-after-compromise", "a stolen key's word was refused", DELIVERY, stolen),
        Good("revoked-later", "keys revoked a day later", DELIVERY, (*revoked, *answered)),
    ]


def _stamped(token: bytes) -> Good:
    tells = (FEWER, ("dossier", stamped(token)))
    return Good("stamped", "a pinned authority vouches for the time", DELIVERY, tells)
