"""Real keys for made-up parties, and the trust file that pins them."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.domain.times import DAY, Micros, from_wire
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust
from keys import jwk
from keys.generate import generate
from keys.raw import PrivateSigner

GATEWAY = "palang-uji"
PARTNER = "opr-uji-a"
STRANGER = "opr-uji-b"
START = from_wire("2026-11-24T07:00:00Z")

GATEWAY_OWNER = Owner(OwnerKind.GATEWAY, GATEWAY)
PARTNER_OWNER = Owner(OwnerKind.PARTNER, PARTNER)


@dataclass
class Keys:
    """Signers by a name of the test's choice, all pinned; `old` keys ended before START, `gone`
    ones were revoked an hour before it."""

    signers: dict[str, PrivateSigner] = field(default_factory=dict)
    pins: list[PinnedKey] = field(default_factory=list)
    seal: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        siti, budi, tini = (Owner(OwnerKind.OFFICER, who) for who in ("siti", "budi", "tini"))
        for name, owner, role in (
            ("manifest", GATEWAY_OWNER, Role.MANIFEST),
            ("checkpoint", GATEWAY_OWNER, Role.CHECKPOINT),
            ("siti", siti, Role.APPROVAL),
            ("siti-2", siti, Role.APPROVAL),
            ("budi", budi, Role.APPROVAL),
            ("tini", tini, Role.APPROVAL),
            ("partner", PARTNER_OWNER, Role.STATEMENT),
            ("stranger", Owner(OwnerKind.PARTNER, STRANGER), Role.STATEMENT),
        ):
            self.add(name, owner, role)
        for role, owner in (
            (Role.MANIFEST, GATEWAY_OWNER),
            (Role.CHECKPOINT, GATEWAY_OWNER),
            (Role.APPROVAL, budi),
            (Role.STATEMENT, PARTNER_OWNER),
        ):
            self.add(f"old-{role}", owner, role, until=START - DAY)
            self.add(f"gone-{role}", owner, role, revoked=START - DAY // 24)
        self._add_seal("partner", PARTNER_OWNER)
        self._add_seal("stranger", Owner(OwnerKind.PARTNER, STRANGER))
        self.signers["unpinned"] = _signer()

    def add(
        self,
        name: str,
        owner: Owner,
        role: Role,
        until: Micros = START + 300 * DAY,
        revoked: Micros | None = None,
    ) -> None:
        signer = _signer()
        self.signers[name] = signer
        since = START - 300 * DAY
        self.pins.append(
            PinnedKey(signer.kid, owner, role, signer.alg, signer.public, since, until, revoked)
        )

    def fresh(self, name: str) -> PrivateSigner:
        """A key that no trust file has: it came later."""
        return self.signers.setdefault(name, self._made(name))

    def _made(self, _name: str) -> PrivateSigner:
        return _signer()

    def _add_seal(self, name: str, owner: Owner) -> None:
        public = generate(Algorithm.ECDH_X25519).public_key()
        pin = jwk.pinned_key(public, owner, Role.SEAL, START - DAY, START + 300 * DAY)
        self.pins.append(pin)
        self.seal[name] = pin.kid

    def trust(self) -> Trust:
        return Trust(GATEWAY, self.pins)


def _signer() -> PrivateSigner:
    return PrivateSigner(generate(Algorithm.ED25519))  # type: ignore[arg-type]  # a signing key
