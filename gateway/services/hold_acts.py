"""Officers' signed decisions about held rows, and the second officer's look (promise I).

What is shown is what is signed: the decision is worked out, shown with its digest, and worked out
again in the transaction that keeps it.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.domain.canonical import JsonObject
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ledger import Tag
from gateway.domain.resolutions import (
    ACCEPT,
    SALT_BYTES,
    Resolution,
    in_force,
    subject,
)
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.approvals import Act, Approvals, Asked, Signatory, approval_event
from gateway.services.corrections import corrected_rows
from gateway.services.hold_choice import Choice, named
from gateway.services.hold_draft import Draft, build
from gateway.services.hold_final import HELD, check_acts, is_final, words_of


@dataclass(frozen=True, slots=True)
class Look:
    """A signed decision that waits for a second officer: all its parts, in order."""

    intake: int
    digest: str
    officer: str
    parts: tuple[Resolution, ...]


class HoldActs:
    """Resolving held rows."""

    def __init__(self, store: Store, approvals: Approvals, clock: Clock) -> None:
        self._store = store
        self._approvals = approvals
        self._clock = clock

    def draft(self, choice: Choice, officer: str) -> Draft:
        """A choice worked out for showing; nothing is kept. Raises as hold_draft.build."""
        with self._store.read() as uow:
            salt = secrets.token_bytes(SALT_BYTES)
            return build(uow, self._approvals, choice, officer, salt, self._clock.now())

    def resolve(self, draft: Draft, by: Signatory) -> Draft:
        """Sign and keep exactly what the draft shows. It replaces what was decided of these rows
        before, as long as no batch took it.

        Raises Conflict (something changed since it was shown), NotPermitted, NotVerified, and as
        hold_draft.build.
        """
        at = self._clock.now()
        with self._store.write() as uow:
            now = build(uow, self._approvals, draft.choice, by.officer, draft.salt, at)
            if now.digest != draft.digest:
                raise Conflict(
                    f"intake {draft.choice.intake}: its held rows changed after they were shown",
                    hint=f"palang intake holds --intake {draft.choice.intake}",
                )
            word = self._approvals.sign(uow, by, _asked(draft.choice.intake, draft.digest), at)
            uow.save(word, approval_event(Tag.HOLD_RESOLVE, word, _facts(uow, now.parts)))
            uow.lists.resolutions.add(replace(part, at=at) for part in now.parts)
            # a crash here leaves the rows as they were, without this signature: resolve again
            uow.commit("hold.resolve")
        return now

    def waiting(self, intake: int, digest: str) -> Look:
        """A signed decision that waits for a second officer, by the beginning of its digest.

        Raises NotFound, Conflict (it waits no more, or the sender corrected a row of it).
        """
        with self._store.read() as uow:
            return self._waiting(uow, intake, digest)

    def second(self, look: Look, by: Signatory) -> Look:
        """Sign the same digest as another officer; then it is final.

        Raises NotPermitted (the same officer), NotVerified (what is stored is not what was
        signed), Conflict (it waits no more).
        """
        at = self._clock.now()
        with self._store.write() as uow:
            found = self._waiting(uow, look.intake, look.digest)
            rows = dict(uow.lists.placed_rows(look.intake, HELD))
            check_acts(uow, uow.lists.intake(look.intake), found.parts, rows)
            words = self._approvals.join(uow, by, _asked(look.intake, look.digest), at)
            uow.save(
                words[-1], approval_event(Tag.HOLD_RESOLVE, words[-1], _facts(uow, look.parts))
            )
            # a crash here leaves it waiting for a second officer: sign again
            uow.commit("hold.second")
        return found

    def _waiting(self, uow: UnitOfWork, intake: int, digest: str) -> Look:
        resolutions = uow.lists.resolutions.of(uow.lists.intake(intake).id)
        known = sorted({one.digest for one in resolutions if one.digest.startswith(digest)})
        if len(known) != 1 or len(digest) < len("sha256:") + 8:
            raise NotFound(
                f"intake {intake} has no one resolution of this digest",
                hint="palang intake holds --second shows the digests",
            )
        words = words_of(uow, self._approvals, intake, self._clock.now())
        current = in_force(resolutions).values()
        mine = [parts for parts in current if parts[0].digest == known[0]]
        if not any(not is_final(parts, words) for parts in mine):
            raise Conflict(
                f"intake {intake}: this resolution waits for nobody, it is final or was replaced",
                hint=f"palang intake holds --intake {intake} --all",
            )
        parts = [one for one in resolutions if one.digest == known[0]]
        _refuse_corrected(uow, intake, parts)
        return Look(intake, known[0], parts[0].officer, tuple(parts))


def _refuse_corrected(uow: UnitOfWork, intake: int, parts: Iterable[Resolution]) -> None:
    later = corrected_rows(uow, uow.lists.intake(intake))
    gone = sorted({part.position for part in parts} & later.keys())
    if gone:
        raise Conflict(
            f"the sender corrected rows of this resolution in intake {later[gone[0]]}: "
            f"{named(intake, gone)}",
            hint=f"palang intake holds --intake {later[gone[0]]}; rows that were not corrected are "
            "resolved anew without these",
        )


def _asked(intake: int, digest: str) -> Asked:
    return Asked(Act.HOLD_RESOLVE, subject(intake), digest)


def _facts(uow: UnitOfWork, parts: Iterable[Resolution]) -> JsonObject:
    """Counts for the leaf; never a number."""
    several = list(parts)
    intake = uow.lists.intake(several[0].intake)
    accepted = {one.position for one in several if one.act == ACCEPT}
    return {
        "intake": intake.id,
        "file": intake.digest,
        "rows": len({one.position for one in several}),
        "accepted": len(accepted),
        "second": len({one.position for one in several if one.second}),
    }
