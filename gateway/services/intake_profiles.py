"""Profiles of sources: which sheet and columns their files have, confirmed once by an officer."""

import json
from dataclasses import dataclass

from gateway.domain.canonical import digest
from gateway.domain.errors import InputError, NotFound
from gateway.domain.ids import partner_id
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.profiles import Profile, read_profile
from gateway.domain.records import SourceProfile
from gateway.domain.sheet_plan import ReadingPlan
from gateway.ports import Clock, Store


@dataclass(frozen=True, slots=True)
class Saved:
    """A profile with its version and who saved it when."""

    profile: Profile
    version: int
    record: SourceProfile


class Profiles:
    """Profiles as officers save, look at and remove them; every version stays."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def all(self) -> tuple[Saved, ...]:
        """The one in force of each source that has one."""
        with self._store.read() as uow:
            return tuple(_saved(one) for one in uow.lists.profiles.newest() if one.profile)

    def find(self, source: str) -> Saved | None:
        """The one in force, None where the source has none."""
        with self._store.read() as uow:
            found = uow.lists.profiles.of(source)
        return _saved(found) if found is not None and found.profile else None

    def show(self, source: str) -> Saved:
        """The one in force. Raises NotFound."""
        found = self.find(source)
        if found is None:
            raise NotFound(
                f"source {source} has no saved profile",
                hint=f"palang intake profile save FILE --source {source} --column NAME",
            )
        return found

    def save(self, source: str, plan: ReadingPlan, account: str) -> int:
        """Keep the columns of a plan; returns the version. Raises InputError where they can't be
        kept: several sheets, or no header."""
        partner_id(source)
        draft = plan.draft()
        if draft is None:
            raise InputError(
                "a profile is kept of one sheet whose number column has a header",
                hint="name the sheet with --sheet; a file without a header gets --column each time",
            )
        return self._add(source, json.dumps(read_profile(draft.document()).document()), account)

    def remove(self, source: str, account: str) -> int:
        """From now on the source has none; returns the version that says so. Raises NotFound."""
        self.show(source)
        return self._add(source, "", account)

    def _add(self, source: str, profile: str, account: str) -> int:
        with self._store.write() as uow:
            last = uow.lists.profiles.of(source)
            version = last.version + 1 if last else 1
            at = self._clock.now()
            saved = SourceProfile(source, version, profile, account, at)
            facts = {"source": source, "version": version, "profile": digest(profile.encode())}
            uow.lists.profiles.add(saved, LedgerEvent(Tag.PROFILE_SAVE, at, facts))
            # a crash here leaves the version before in force: save again
            uow.commit("intake.profile")
        return version


def _saved(record: SourceProfile) -> Saved:
    return Saved(read_profile(json.loads(record.profile)), record.version, record)
