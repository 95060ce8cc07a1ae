"""Officers: enrolment, approval by two others, revocation of a key by two (promise I).

The first two are enrolled on the machine, which the ledger records as such; nobody could approve
them. From the third on two live officers sign. Enrol a third early: with two, a lost passphrase
leaves nobody who could approve or revoke.
"""

from dataclasses import replace

from gateway.domain.canonical import decode, digest, encode
from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.ids import partner_id
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Officer, Standing
from gateway.domain.times import DAY, SECOND, Micros
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role
from gateway.ports import Clock, Signer, Store, UnitOfWork
from gateway.services.approvals import NEEDED, Act, Approvals, Asked, Signatory, approval_event

KEY_LIFE: Micros = 2 * 365 * DAY
"""How long an officer's key is valid from the moment it counts."""


def enrolment_digest(officer: Officer, key: PinnedKey) -> str:
    """Digest of what is approved: id, name and public key of a person."""
    return enrolment_digest_of(officer.id, officer.name, key)


def enrolment_digest_of(officer: str, name: str, key: PinnedKey) -> str:
    """The same, where only the words are at hand: in an evidence bundle."""
    public = decode(key.public.encode(), what="an officer's public key")
    return digest(
        encode(
            {
                "v": 1,
                "typ": "officer",
                "id": officer,
                "name": name,
                "kid": key.kid,
                "public": public,
            }
        )
    )


def revocation_digest(key: PinnedKey) -> str:
    """Digest of what is approved when a key is revoked."""
    owner = f"{key.owner.kind}/{key.owner.id}"
    return digest(encode({"v": 1, "typ": "key-revoke", "kid": key.kid, "owner": owner}))


class Officers:
    """Who may sign."""

    def __init__(self, store: Store, approvals: Approvals, clock: Clock) -> None:
        self._store = store
        self._approvals = approvals
        self._clock = clock

    def all(self) -> tuple[Officer, ...]:
        """All, by id."""
        with self._store.read() as uow:
            return uow.registry.officers()

    def enrol(self, officer: str, name: str, signer: Signer) -> Officer:
        """Enrol a person: live at bootstrap, else proposed until two officers approved.

        A proposed officer's key is pinned with an empty window: it verifies nothing yet.
        Raises InputError (id, name), Conflict (id taken, or the key is somebody's already).
        """
        at = self._clock.now()
        _check_person(officer, name)
        key = _approval_key(officer, signer, at)
        with self._store.write() as uow:
            _refuse_taken(uow, officer, key)
            bootstrap = len(uow.registry.officers()) < NEEDED
            standing = Standing.LIVE if bootstrap else Standing.PROPOSED
            person = Officer(officer, name.strip(), key.kid, at, standing)
            facts = {
                "officer": officer,
                "kid": key.kid,
                "bootstrap": bootstrap,
                "digest": enrolment_digest(person, key),
            }
            event = LedgerEvent(Tag.OFFICER_ENROL, at, facts)
            uow.save(person, event)
            uow.save(_windowed(key, at, KEY_LIFE if bootstrap else 0), event)
            # a crash here leaves no officer and an unused key file: enrol again with another file
            uow.commit("officer.enrol")
        return person

    def approve(self, officer: str, by: Signatory) -> Officer:
        """One officer's signature under an enrolment; the second one makes it live.

        Raises NotFound, Conflict (not proposed), NotPermitted (signs twice, or is not live: nobody
        approves the own enrolment).
        """
        at = self._clock.now()
        with self._store.write() as uow:
            person = uow.registry.officer(officer)
            if person.standing is not Standing.PROPOSED:
                raise Conflict(f"officer {officer} is {person.standing}, nothing is to approve")
            key = pinned(uow, person.kid)
            asked = Asked(Act.OFFICER_APPROVE, f"officer:{officer}", enrolment_digest(person, key))
            words = self._approvals.join(uow, by, asked, at)
            event = approval_event(Tag.OFFICER_APPROVE, words[-1], {"signatures": len(words)})
            uow.save(words[-1], event)
            if len(words) >= NEEDED:
                person = replace(person, standing=Standing.LIVE)
                uow.save(person, event)
                uow.save(_windowed(key, at, KEY_LIFE), event)
            # a crash here leaves the enrolment as it was before this signature: sign again
            uow.commit("officer.approve")
        return person

    def revoke(self, officer: str, by: Signatory) -> Officer:
        """One officer's signature under the revocation of an officer's key; the second revokes.

        Raises NotFound, Conflict (closed already, or fewer than two would stay live),
        NotPermitted (signs twice).
        """
        at = self._clock.now()
        with self._store.write() as uow:
            person = uow.registry.officer(officer)
            _refuse_revocation(uow, person)
            key = pinned(uow, person.kid)
            asked = Asked(Act.KEY_REVOKE, f"key:{key.kid}", revocation_digest(key))
            words = self._approvals.join(uow, by, asked, at)
            event = approval_event(Tag.KEY_REVOKE, words[-1], {"signatures": len(words)})
            uow.save(words[-1], event)
            if len(words) >= NEEDED:
                person = replace(person, standing=Standing.CLOSED)
                uow.save(person, event)
                uow.save(key.revoked_at(at), event)
            # a crash here leaves the key valid, without this signature: sign again
            uow.commit("key.revoke")
        return person


def _windowed(key: PinnedKey, since: Micros, length: Micros) -> PinnedKey:
    begin = since // SECOND * SECOND  # as the trust file says it
    return replace(key, not_before=begin, not_after=begin + length)


def pinned(uow: UnitOfWork, kid: str) -> PinnedKey:
    """The pinned key of this id, whatever its state. Raises NotFound."""
    for key in uow.registry.trust().keys:
        if key.kid == kid:
            return key
    raise NotFound(f"no key {kid} is pinned here")


def _check_person(officer: str, name: str) -> None:
    partner_id(officer)
    if not 0 < len(name.strip()) <= 128:
        raise InputError("an officer needs a name of 1 to 128 characters")


def _approval_key(officer: str, signer: Signer, at: Micros) -> PinnedKey:
    owner = Owner(OwnerKind.OFFICER, officer)
    return PinnedKey(signer.kid, owner, Role.APPROVAL, signer.alg, signer.public, at, at)


def _refuse_taken(uow: UnitOfWork, officer: str, key: PinnedKey) -> None:
    taken = {person.id: person for person in uow.registry.officers()}.get(officer)
    if taken is not None and taken.standing is not Standing.CLOSED:
        raise Conflict(
            f"officer {officer} is enrolled already ({taken.standing})",
            hint="choose another id, or revoke the old key first: palang officer revoke",
        )
    owner = next((k.owner for k in uow.registry.trust().keys if k.kid == key.kid), None)
    if owner is not None:
        raise Conflict(
            f"key {key.kid} is pinned to {owner.id} already; one key has one owner",
            hint="each officer makes an own key: palang officer add --key NEW_FILE",
        )


def _refuse_revocation(uow: UnitOfWork, person: Officer) -> None:
    if person.standing is Standing.CLOSED:
        raise Conflict(f"the key of officer {person.id} is revoked already")
    live = {p.id for p in uow.registry.officers() if p.standing is Standing.LIVE}
    if len(live - {person.id}) < NEEDED:
        raise Conflict(
            f"without officer {person.id} fewer than {NEEDED} live officers would stay, and nobody "
            "could approve another",
            hint="enrol and approve another officer first: palang officer add",
        )
