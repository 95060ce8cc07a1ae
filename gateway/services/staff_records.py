"""How a change of an account is written: the row, and what the ledger says of it."""

from dataclasses import replace

from gateway.domain.canonical import JsonObject
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.staff import StaffRecord, staff_digest
from gateway.ports import Clock, UnitOfWork
from gateway.services.access import By

SERVICE_NAMES = ("palang", "komdigi", "kominfo", "aduannomor")
"""Words of the service that no password may consist of."""


def keep(
    uow: UnitOfWork,
    clock: Clock,
    record: StaffRecord,
    by: By,
    change: str,
    tag: Tag = Tag.ACCOUNT_CHANGE,
    **facts: str,
) -> StaffRecord:
    """Write the account as it is from now on, with its event; the caller commits.

    The event names the account, the change, who made it, and the digest of the whole row.
    """
    after = replace(record, changed_at=clock.now())
    about: JsonObject = {"account": after.id, "change": change, "by": by.account, **facts}
    about["digest"] = staff_digest(after)
    uow.staff.put(after, LedgerEvent(tag, after.changed_at, about))
    return after
