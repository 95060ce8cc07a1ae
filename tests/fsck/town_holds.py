"""The held rows of the town, and what its officers decided of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.services.hold_acts import HoldActs
from gateway.services.hold_choice import Choice
from gateway.services.intake import Options

if TYPE_CHECKING:
    from tests.fsck.town import Town


def resolutions(town: Town, head: str) -> tuple[int, ...]:
    """Held rows of two intakes: as written, other digits looked at twice, a split, a rejected one,
    one that was replaced and one that still waits."""
    rest = ";Penipuan;WhatsApp;TIKET-{};2026-11-20\n"
    cells = (
        *("0870-1111-2208", "0870-1111-2221 (bukan pelaku)", "0870-1111-223l"),
        *("0870-1111-2244 / 0871-1111-2255", "0870-1111", "0870-1111-226I"),
    )
    intakes = []
    for first, some in ((0, cells), (100, cells[:1])):
        sheet = head + "".join(cell + rest.format(first + i) for i, cell in enumerate(some))
        file = town.file(sheet.encode())
        intakes.append(town.intakes.add(file, "laporan.csv", Options(source="iasc")).id)
    held, accept = intakes[0], ("accept", "evidence_shows", "TIKET-7")
    reject = ("reject", "not_readable", "TIKET-7")
    acts = HoldActs(town.store, town.approvals, town.clock)

    def resolve(choice: Choice) -> str:
        return acts.resolve(acts.draft(choice, "siti"), town.siti).digest

    resolve(Choice(held, *reject, (2,)))
    resolve(Choice(held, *accept, (2,), way="typed", typed=("0870-1111-2221",)))
    digest = resolve(Choice(held, *accept, (3,), way="typed", typed=("0870-1111-2231",)))
    acts.second(acts.waiting(held, digest), town.budi)
    resolve(Choice(held, *accept, (4,), way="split"))
    resolve(Choice(held, *reject, (5,)))
    resolve(Choice(held, *accept, (6,), way="typed", typed=("0870-1111-2261",)))
    return tuple(intakes)
