"""What the gateway knows of a number holds a row whose cell is beyond doubt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.domain.dispositions import ENDINGS
from gateway.domain.errors import InputError
from gateway.domain.hold_reasons import HOLD_REASONS
from gateway.domain.proposals import CONTEXT_RULES
from gateway.domain.rules import RULES, Outcome
from gateway.domain.times import DAY
from gateway.reading.files import FileReader
from gateway.services.batches import Wanted
from gateway.services.hold_acts import HoldActs
from gateway.services.hold_choice import Choice
from gateway.services.intake import Intakes, Options, Watch
from tests.compiled_once import compile_once
from tests.fsck.town import Town

compile_once()

HEAD = "nomor hp;kategori;kanal;no bukti;tanggal bukti;jenis bukti;tindakan\n"
FREED, RECYCLED, ENDED, CORRECTED, DISPUTED, PLAIN = (f"0870-1111-220{i}" for i in range(6))
"""Numbers in the order of their entries."""
DAY_OF_END = "2026-11-24"  # the confirmations' day in Jakarta


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Six released numbers and what a partner said of them, three months later."""
    made = Town(tmp_path_factory.mktemp("context"))
    peer = made.partner("opr-uji-a")
    released = (FREED, RECYCLED, ENDED, CORRECTED, DISPUTED, PLAIN)
    made.blocks([f"{number};Penipuan;WhatsApp" for number in released])
    made.run_until_quiet(3)
    opened = peer.opened[1]
    rows = [(2, "daur_ulang", ""), (3, "sudah_nonaktif", ""), (4, "daur_ulang", "")]
    peer.say(peer.confirm(opened, rows, 2))
    peer.say(peer.confirm(opened, [(4, "diblokir_total", "total")], 3))
    for code in ENDINGS:  # two of one revision that contradict each other: neither counts
        peer.say(peer.confirm(opened, [(5, code, "")], 4))
    made.run_until_quiet(3)
    made.unblocks([FREED])
    made.pass_time(90 * DAY)
    yield made
    made.close()


def decided(
    town: Town, *cells: str, days: int = 60, watch: Watch | None = None, resend: bool = True
) -> list[tuple[str, str]]:
    """Outcome and rule of rows number;channel;date;kind;action of a file of their own."""
    sheet = HEAD + "".join(_row(town, cell) for cell in cells)
    intakes = Intakes(town.store, town.clock, FileReader(), days)
    options = Options("iasc", resend=resend)
    made = intakes.add(town.file(sheet.encode()), "laporan.csv", options, watch)
    return [(row.outcome, row.rule) for row in intakes.rows(made.id)]


def _row(town: Town, cell: str) -> str:
    number, channel, date, kind, action = (cell.split(";") + [""] * 4)[:5]
    town.clock.at += 1_000_000  # no two files are the same
    return f"{number};Penipuan;{channel or 'WhatsApp'};T-{town.clock.at};{date};{kind};{action}\n"


HELD_BY = {
    "relisted": f"{FREED};;2027-02-01",
    "owner_changed": f"{RECYCLED};;2026-11-20",
    "caller_id_only": "0870-1111-2209;telepon;2026-11-20;caller id",
}


def test_each_rule_of_context_holds_and_says_what_to_do_in_both_languages(town: Town) -> None:
    rows = decided(town, *HELD_BY.values())
    assert rows == [("held", rule) for rule in HELD_BY]
    assert set(HELD_BY) <= CONTEXT_RULES
    for rule in HELD_BY:
        told = RULES[rule]
        assert told.outcome is Outcome.HELD and told.text_id != told.text_en
        assert told.todo_id and told.todo_en and told.example
    assert "CLI mungkin dipalsukan" in RULES["caller_id_only"].text_id
    assert {"new_owner", "appeal_upheld", "spoofed"} <= set(HOLD_REASONS)


def test_a_freed_number_is_held_with_resend_and_without(town: Town) -> None:
    for resend in (True, False):
        assert decided(town, FREED, resend=resend) == [("held", "relisted")]
    assert decided(town, f"{FREED};;;;buka") == [("accepted", "national_zero")]


EVIDENCE = {
    "recycled that day": (RECYCLED, DAY_OF_END, True),
    "recycled the day before": (RECYCLED, "2026-11-25", False),
    "recycled, no date": (RECYCLED, "", True),
    "ended later": (ENDED, "2026-11-01", True),
    "in quarantine, when it had no owner": (ENDED, "2026-12-24", True),
    "on its last day": (ENDED, "2027-01-22", True),
    "after it": (ENDED, "2027-01-23", False),
    "ended, no date": (ENDED, "", False),
    "a later revision says otherwise": (CORRECTED, "2026-11-01", False),
    "two revisions contradict each other": (DISPUTED, "2026-11-01", False),
    "blocked": (PLAIN, "2026-11-01", False),
}


@pytest.mark.parametrize("case", EVIDENCE)
def test_evidence_from_before_a_change_of_owner_holds(town: Town, case: str) -> None:
    number, date, held = EVIDENCE[case]
    wanted = ("held", "owner_changed") if held else ("accepted", "national_zero")
    assert decided(town, f"{number};;{date}") == [wanted]


def test_the_quarantine_is_a_setting(town: Town) -> None:
    within = f"{ENDED};;2026-12-03"
    assert decided(town, within, days=10) == [("held", "owner_changed")]
    assert decided(town, within, days=9) == [("accepted", "national_zero")]


def test_without_an_evidence_date_only_that_rule_is_left_out_and_it_is_told(town: Town) -> None:
    told: list[int] = []
    displayed = f"{ENDED};telepon;;caller id"
    rows = decided(town, f"{ENDED};sms", displayed.replace("2202", "2208"), PLAIN,
                   watch=Watch(undated=told.append))  # fmt: skip
    assert rows == [
        ("accepted", "national_zero"),
        ("held", "caller_id_only"),
        ("accepted", "national_zero"),
    ]
    assert told == [1]


def test_what_partners_said_goes_before_what_was_asked_before(town: Town) -> None:
    rows = decided(town, f"{RECYCLED};;2026-11-01", f"{PLAIN};;2026-11-01", resend=False)
    assert rows == [("held", "owner_changed"), ("duplicate", "released_before")]


@pytest.mark.parametrize(
    ("row", "held"),
    [
        ("telepon;;caller id", True),
        ("sms;;caller id", True),
        ("whatsapp;;caller id", False),
        ("telepon;;tangkapan layar", False),
        ("telepon;;", False),
        ("telepon;;caller id;buka", False),
    ],
)
def test_only_a_displayed_number_that_may_be_false_is_held(
    town: Town, row: str, held: bool
) -> None:
    wanted = ("held", "caller_id_only") if held else ("accepted", "national_zero")
    assert decided(town, f"0870-1111-2209;{row}") == [wanted]


def test_a_row_that_context_held_takes_two_officers_and_a_reason(town: Town) -> None:
    decided(town, HELD_BY["relisted"], HELD_BY["owner_changed"], HELD_BY["caller_id_only"])
    intake = town.intakes.all()[0].id
    acts = HoldActs(town.store, town.approvals, town.clock)
    whys = []
    for rule in HELD_BY:
        wanted = Choice(intake, "accept", "new_evidence", "ND-1/2027", rule=rule, way="inferred")
        draft = acts.resolve(acts.draft(wanted, "siti"), town.siti)
        whys.append(draft.parts[0].why_second)
    assert whys == ["relisted context", "context", "context"]
    with pytest.raises(InputError, match="no accepted row"):
        town.batches.prepare(Wanted((intake,)))
    for digest in {part.digest for part in _parts(town, intake)}:
        acts.second(acts.waiting(intake, digest), town.budi)
    _, count = town.batches.prepare(Wanted((intake,)))
    assert count == 3


def _parts(town: Town, intake: int) -> list[Any]:
    with town.store.read() as uow:
        return list(uow.lists.resolutions.of(intake))


def test_a_typed_number_that_was_freed_takes_a_second_look_though_it_is_written(
    town: Town,
) -> None:
    decided(town, f"{FREED} (bukan pelaku)", f"{PLAIN} (bukan pelaku)")
    intake = town.intakes.all()[0].id
    acts = HoldActs(town.store, town.approvals, town.clock)

    def typed(position: int, number: str) -> Choice:
        return Choice(
            *(intake, "accept", "evidence_shows", "ND-1/2027", (position,)),
            way="typed",
            typed=(number,),
        )

    draft = acts.draft(typed(1, FREED), "siti")
    assert [part.why_second for part in draft.parts] == ["relisted"]
    with pytest.raises(InputError, match="asked the same"):
        acts.draft(typed(2, PLAIN), "siti")
