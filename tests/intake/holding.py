"""What tests of the hold queue share: sheets with rows in doubt, and what officers do with them."""

from __future__ import annotations

from typing import Any

from gateway.domain.errors import Conflict, InputError
from gateway.services.approvals import Signatory
from gateway.services.batches import Wanted
from gateway.services.hold_acts import Look
from gateway.services.hold_choice import Choice
from gateway.services.hold_draft import Draft
from gateway.services.holds import Held, HoldFilter
from tests.services.front.world import World

HEAD = "nomor hp;kategori;kanal;no bukti;tanggal bukti;tindakan\n"
REST = ";Penipuan;WhatsApp;TIKET-1;2026-11-20;blokir\n"
LETTER = "0870345678l0"  # the typed one below has a 1 there
TYPED = "087034567810"
TWO = "0870-1111-2204 / 0871-1111-2205"
DOUBT = "0870-1111-2206 (bukan pelaku)"
SHORT = "0870 111"

ONE, THREE = "0870-1111-2201", "0871-1111-2203"
DOUBTS = (
    "no;rekening;nomor hp;kategori;kanal;no bukti;tanggal bukti;tindakan\n"
    f"1;;{ONE};Penipuan;WhatsApp;T-1;2026-11-20;jangan diblokir\n"
    "2;;0870-1111-2202;lain-lain sekali;WhatsApp;T-2;2026-11-20;blokir\n"
    "3;087034567890;8701234567;Penipuan;WhatsApp;T-3;2026-11-20;blokir\n"
    f"4;;{THREE};Penipuan;WhatsApp;T-4;2026-11-20;blokir;lagi\n"
    "TOTAL;;0870-1111-2205;;;;;\n"
    "6;;0870-****-2209;Penipuan;WhatsApp;T-6;2026-11-20;blokir\n"
    "7;;0870-1111-2206;Penipuan;WhatsApp;T-7;2026-11-20;blokir\n"
)
"""Rows that are held for their words or their place, one that is rejected, one accepted."""

Pair = tuple[Signatory, Signatory]


def sheet(*cells: str, rest: str = REST) -> str:
    return HEAD + "".join(f"{cell}{rest}" for cell in cells)


def queue(world: World, **wanted: Any) -> list[Held]:
    return world.holds.rows(HoldFilter(**wanted))


def choice(intake: int, *rows: int, **more: Any) -> Choice:
    """An acceptance of a typed number unless `more` says otherwise."""
    given: dict[str, Any] = {
        "act": "accept", "way": "typed", "reason": "evidence_shows", "reference": "TIKET-1",
    } | more  # fmt: skip
    if given["way"] == "typed" and "typed" not in given:
        given["typed"] = (TYPED,)
    return Choice(intake, rows=rows, **given)


def reject(intake: int, *rows: int, **more: Any) -> Choice:
    return choice(intake, *rows, **{"act": "reject", "way": "", "reason": "not_proven"} | more)


def resolve(world: World, by: Signatory, wanted: Choice) -> Draft:
    return world.hold_acts.resolve(world.hold_acts.draft(wanted, by.officer), by)


def second(world: World, by: Signatory, draft: Draft) -> Look:
    return world.hold_acts.second(world.hold_acts.waiting(draft.choice.intake, draft.digest), by)


def numbers(world: World, *intakes: int, **more: Any) -> list[int]:
    """The numbers of a batch of these intakes, [] where nothing is accepted."""
    try:
        batch, _count = world.batches.prepare(Wanted(intakes, **more))
    except (Conflict, InputError):
        return []
    with world.store.read() as uow:
        return [entry.number for entry in uow.lists.entries(batch.id)]


def e164(text: str) -> int:
    return int("62" + "".join(filter(str.isdigit, text))[1:])
