"""Doctor's look at the period keys: a lost one is noticed before its content is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.domain.health import Finding, Level

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway

NAME = "period-keys"


def period_keys(gateway: Gateway) -> Iterator[Finding]:
    """Every key that stored content is under is here and opens, or was destroyed by a purge."""
    periods = gateway.periods
    with gateway.store.read() as uow:
        used = uow.retention.labels()
    lost = [label for label, subject in sorted(used.items()) if not periods.has(label, subject)]
    if lost:
        yield Finding(
            NAME,
            Level.CRITICAL,
            f"stored content is under keys that are not here: {', '.join(lost)}",
            "bring the folder and its secret back from their copy (docs/retention.md)",
        )
        return
    months = len({label[:7] for label in used})
    here = len(periods.labels())
    gone = len(periods.months_gone())
    yield Finding(
        NAME, Level.OK, f"content of {months} months opens; {here} keys, {gone} months destroyed"
    )
