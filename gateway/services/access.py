"""Who looked at what, and why: written with the act itself, read by the auditor (UU PDP).

Where the row can't be written the act does not happen: a look that nobody could find later is none.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.domain.access import (
    MASKED,
    Access,
    AccessFilter,
    What,
    plain_reason,
    plain_subject,
)
from gateway.domain.canonical import JsonObject
from gateway.domain.errors import InputError
from gateway.ports import Clock, Store, UnitOfWork, Vault

PAGE = 200
"""Rows that a search reads at a time."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: an account and where it sits, or `machine:<login>` for the machine's own commands,
    which are told and not proven."""

    account: str
    address: str = ""

    @property
    def on_machine(self) -> bool:
        """Whether it is a command of the machine."""
        return self.account.startswith("machine:")


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Writes and reads the log."""

    store: Store
    clock: Clock
    vault: Vault

    def looked(self, by: By, what: What, subject: str, reason: str = "", **detail: object) -> None:
        """Note one look, act or export durably, before it is shown. `subject` is as domain/access
        says; a number's is made by `of_number`."""
        with self.store.write() as uow:
            note(uow, self.clock, by, what, subject, reason, **detail)
            # a crash before shows nothing; after it the row says what was about to be shown
            uow.commit("access.note")

    def of_number(self, number: int) -> str:
        """The subject of a number's rows: its keyed hash."""
        return f"number:{self.vault.blind('number', str(number))}"

    def page(self, wanted: AccessFilter, most: int = PAGE) -> tuple[Access, ...]:
        """At most so many rows, newest first; the next page begins `before` the last one's id."""
        with self.store.read() as uow:
            return uow.access.page(wanted, most)

    def rows(self, wanted: AccessFilter) -> Iterator[Access]:
        """All that match, newest first, read page by page."""
        while page := self.page(wanted):
            yield from page
            wanted = replace(wanted, before=page[-1].id)


def note(
    uow: UnitOfWork,
    clock: Clock,
    by: By,
    what: What,
    subject: str = "",
    reason: str = "",
    **detail: object,
) -> None:
    """Add a row in this unit; the caller commits."""
    document: JsonObject = dict(detail)
    text = json.dumps(document, ensure_ascii=False, sort_keys=True) if document else ""
    about, kept = plain_subject(subject), plain_reason(reason)
    uow.access.add(Access(0, clock.now(), by.account, what, about, kept, by.address, text))


def required_reason(text: str) -> str:
    """A reason that says something beside what is masked in it. Raises InputError."""
    if len(plain_reason(text).replace(MASKED, "").strip()) < 5:
        raise InputError(
            "a reason of at least five characters is needed: it is what the access log keeps",
            hint="for example the ticket or the letter that asks for it; no phone number",
        )
    return text
