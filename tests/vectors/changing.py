"""Keys that came and went after the trust file was made, under officers' signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain.canonical import digest
from gateway.domain.ledger import Tag
from gateway.domain.rotation import LIFE, announcement_digest
from gateway.domain.statements import Approval, Card, to_bytes
from gateway.domain.times import HOUR, MINUTE, Micros
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role, key_to_json
from gateway.services.announced import ACTS, Announced
from gateway.services.approvals import Act
from gateway.services.officers import KEY_LIFE, enrolment_digest_of, revocation_digest
from tests.vectors.keyring import GATEWAY, GATEWAY_OWNER, PARTNER, PARTNER_OWNER, START
from tests.vectors.liar import Liar
from tests.vectors.parts import SIGNATURES

BEGIN = START - 20 * HOUR
WATI = Owner(OwnerKind.OFFICER, "wati")
NAME = "Wati"


@dataclass
class Change:
    """One change of a key; `words` are officer and signer of each, `over` another digest than is
    due, `logged` which of the words have their event."""

    act: Act
    key: PinnedKey
    at: Micros
    words: tuple[tuple[str, str], tuple[str, str]] = (("siti", "siti"), ("budi", "budi"))
    over: str = ""
    subject: str = ""
    card: bytes = b""
    aud: str = GATEWAY
    says: str = ""
    logged: tuple[bool, bool] = (True, True)
    backwards: bool = False

    def due(self) -> tuple[str, str]:
        """Subject and digest that the officers sign."""
        if self.act is Act.PARTNER_APPROVE:
            return f"partner:{self.key.owner.id}", digest(self.card)
        if self.act is Act.OFFICER_APPROVE:
            name = self.key.owner.id
            return f"officer:{name}", enrolment_digest_of(name, NAME, self.key)
        made = revocation_digest if self.act is Act.KEY_REVOKE else announcement_digest
        return f"key:{self.key.kid}", made(self.key)

    def tell(self, liar: Liar) -> None:
        """Sign it, log it, and let the bundle carry it."""
        subject, over = self.due()
        subject, over = self.subject or subject, self.over or over
        jws, events = [], []
        for place, (officer, signer) in enumerate(self.words):
            act, at = ACTS[self.act][place], self.at + place * MINUTE
            said = Approval(officer, self.aud, at, self.says or str(act), subject, over)
            made = SIGNATURES.sign(to_bytes(said), "approval", liar.keys.signers[signer])
            jws.append(made)
            facts = {"act": str(act), "subject": subject, "digest": over, "officer": officer}
            events.append((Tag(act), at, facts | {"statement": digest(made)}))
        kept = [event for event, logged in zip(events, self.logged, strict=True) if logged]
        liar.old_events += reversed(kept) if self.backwards else kept
        name = NAME if self.act is Act.OFFICER_APPROVE else ""
        liar.announced.append(Announced(self.act, self.key, tuple(jws), self.card, name))


Changes = dict[str, Change]

_NEEDED = ("third-manifest", "third-checkpoint")


def key_of(liar: Liar, name: str, owner: Owner, role: Role, begins: Micros = BEGIN) -> PinnedKey:
    """A key that came later."""
    one = liar.keys.fresh(name)
    return PinnedKey(one.kid, owner, role, one.alg, one.public, begins, begins + LIFE)


def changes(liar: Liar) -> Changes:
    """Two rotations of the gateway's keys, the first of them stolen; a new card; a new officer."""
    found: Changes = {}
    at = BEGIN
    for turn in ("next", "third"):
        for role in (Role.MANIFEST, Role.CHECKPOINT):
            at += 10 * MINUTE
            key = key_of(liar, f"{turn}-{role}", GATEWAY_OWNER, role, at + 5 * MINUTE)
            found[f"{turn}-{role}"] = Change(Act.KEY_ANNOUNCE, key, at)
    stolen = found["next-manifest"].key
    found["stolen"] = Change(Act.KEY_REVOKE, stolen, BEGIN + HOUR)
    statement = key_of(liar, "next-statement", PARTNER_OWNER, Role.STATEMENT)
    found["card"] = Change(Act.PARTNER_APPROVE, statement, BEGIN + 2 * HOUR, card=card(liar))
    begins = BEGIN + 3 * HOUR
    wati = key_of(liar, "wati", WATI, Role.APPROVAL, begins + MINUTE)
    wati = replace(wati, not_after=wati.not_before + KEY_LIFE)
    found["wati"] = Change(Act.OFFICER_APPROVE, wati, begins)
    return found


def card(liar: Liar, *more: PinnedKey) -> bytes:
    """A new card of the partner."""
    key = key_of(liar, "next-statement", PARTNER_OWNER, Role.STATEMENT)
    said = Card(
        iss=PARTNER,
        aud=GATEWAY,
        at=BEGIN + HOUR,
        name="Operator Uji A",
        partner_kind="operator",
        contacts=("noc@mitra.example",),
        envelopes=("jose",),
        channel="sftp://mitra.example:22/inbox",
        reply="sftp://mitra.example:22/outbox",
        peer="SHA256:x",
        test=True,
        keys=tuple(key_to_json(one) for one in (key, *more)),
    )
    return SIGNATURES.sign(to_bytes(said), "card", liar.keys.fresh("next-statement"))


def rotated(
    wrong: Callable[[Liar, Changes], object] | None = None, signer: str = "third-manifest"
) -> Callable[[Liar], None]:
    """The manifest and both checkpoints are signed by keys that no trust file has. A bundle that is
    `wrong` has only what it needs, so that it stays small."""

    def tell(liar: Liar) -> None:
        usual = changes(liar)
        found = dict(usual)
        if wrong is not None:
            wrong(liar, found)
        for name, change in found.items():
            if wrong is None or name in _NEEDED or usual.get(name) != change:
                change.tell(liar)
        liar.manifest_signer, liar.checkpoint_signer = signer, "third-checkpoint"
        note = liar.note_over(liar.prefix(), liar.checkpoint_signer)
        liar.manifest = replace(liar.manifest, checkpoint=note)

    return tell


def but(name: str, **values: object) -> Callable[[Liar], None]:
    """As `rotated`, with one change otherwise."""

    def wrong(_liar: Liar, found: Changes) -> None:
        found[name] = replace(found[name], **values)  # type: ignore[arg-type]  # its own fields

    return rotated(wrong)
