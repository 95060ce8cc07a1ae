"""A source's list becomes an intake: by an officer, or by the worker where nothing is in doubt."""

from __future__ import annotations

import pytest

from gateway.domain import failpoints
from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, InputError
from gateway.jobs import Rounds, Trouble
from gateway.services.intake import Options
from gateway.services.source_inbox import ListTaken, Wanted
from tests.fsck.town import check
from tests.intake.source_desk import ROWS, SOURCE, Desk, Source, hand

TWO = "nomor hp;no telepon\n0870-1111-2201;0871-1111-2202\n"


class Cut(BaseException):
    """The machine ends here."""


@pytest.fixture(autouse=True)
def disarmed() -> object:
    yield
    failpoints.arm(None)


def cut_at(point: str) -> None:
    def hook(reached: str) -> None:
        if reached == point:
            raise Cut

    failpoints.arm(hook)


def test_every_row_comes_under_the_signature_of_its_source(desk: Desk, source: Source) -> None:
    made = hand(source, text="nomor hp\n0870-1111-2201\n").but(category="Penipuan", channel="WA")
    body = made.sealed()
    desk.judge(body)
    (waiting,) = desk.inbox.all()
    assert waiting.waits and waiting.received.kid == made.signer.kid
    intake = desk.town.intakes.show(desk.take())
    assert intake.provenance == waiting.received.provenance
    assert (intake.source, intake.name) == (SOURCE, "laporan.csv")
    (row,) = desk.town.intakes.rows(intake.id)
    assert (row.outcome, row.category, row.channel) == ("accepted", "penipuan", "whatsapp")
    assert desk.inbox.all()[0].intake == intake.id
    assert check(desk.town.url).findings == []


def test_a_list_is_taken_once(desk: Desk, source: Source) -> None:
    desk.judge(hand(source).sealed())
    desk.take()
    with pytest.raises(Conflict, match="is intake 1 already"):
        desk.take()


def test_the_same_file_twice_is_told_as_a_duplicate(desk: Desk, source: Source) -> None:
    desk.judge(hand(source).sealed())
    again = hand(source, 2).sealed()
    assert desk.judge(again).note == "same-file"
    word = desk.answer(again)
    assert word is not None and (word.result, word.reason) == ("accepted", "same-file")
    intake = desk.take(1)
    assert desk.inbox.all()[1].same == intake and not desk.inbox.all()[1].waits
    with pytest.raises(Conflict, match="is a duplicate"):
        desk.take(2)
    assert check(desk.town.url).findings == []


def test_a_file_that_a_person_brought_before_is_told_too(desk: Desk, source: Source) -> None:
    path = desk.town.file(ROWS.encode())
    known = desk.town.intakes.add(path, "laporan.csv", Options(source=SOURCE)).id
    assert desk.judge(hand(source).sealed()).note == "same-file"
    assert desk.inbox.all()[0].same == known


def test_an_unsure_column_is_for_the_officer_to_name(desk: Desk, source: Source) -> None:
    desk.judge(hand(source, text=TWO).sealed())
    with pytest.raises(InputError):
        desk.take()
    assert desk.inbox.all()[0].waits
    made = desk.inbox.take(1, Wanted("petugas", column="A"))
    assert dict(made.counts)["accepted"] == 1


def test_the_worker_takes_what_has_a_profile_and_holds_what_is_not_certain(
    desk: Desk, source: Source
) -> None:
    desk.judge(hand(source).sealed())
    assert desk.auto().due() == ()  # no profile yet
    desk.profile()
    assert desk.auto(on=False).due() == ()
    auto = desk.auto()
    (due,) = auto.due()
    taken = auto.take(due)
    assert (taken.partner, taken.serial, taken.held) == (SOURCE, 1, 1)
    rows = desk.town.intakes.rows(taken.intake)
    assert [(row.outcome, row.rule) for row in rows] == [
        ("accepted", "national_zero"),
        ("held", "unattended"),
    ]
    assert rows[1].number == 0 and rows[1].raw == "87111112202"
    assert auto.due() == ()
    assert check(desk.town.url).findings == []


def test_a_round_takes_it_and_tells_what_it_could_not_take(desk: Desk, source: Source) -> None:
    town, told = desk.town, list[object]()
    desk.profile()
    desk.judge(hand(source).sealed())
    desk.judge(hand(source, 2, "sesuatu\ntanpa nomor\n").sealed())
    work = town.rounds.work
    object.__setattr__(work, "lists", desk.auto())
    rounds = Rounds(work, town.clock, told.append)
    rounds.run_once()
    rounds.run_once()
    rounds.close()
    assert [one.serial for one in told if isinstance(one, ListTaken)] == [1]
    assert [one.step for one in told if isinstance(one, Trouble)].count("take") == 1


def test_a_crash_before_the_judgement_leaves_it_to_be_judged_again(
    desk: Desk, source: Source
) -> None:
    body = hand(source).sealed()
    cut_at("before:inbound.judge")
    with pytest.raises(Cut):
        desk.judge(body)
    failpoints.arm(None)
    assert desk.inbox.all() == () and desk.answer(body) is None
    (kept,) = desk.judging().pending()
    assert kept.digest == digest(body)
    desk.judging().judge(kept)
    assert desk.inbox.all()[0].waits and desk.answer(body) is not None


@pytest.mark.parametrize("point", ["before:intake.rows", "before:intake.add"])
def test_a_crash_while_it_is_taken_leaves_it_waiting(
    desk: Desk, source: Source, point: str
) -> None:
    desk.judge(hand(source).sealed())
    cut_at(point)
    with pytest.raises(Cut):
        desk.take()
    failpoints.arm(None)
    assert desk.inbox.all()[0].waits
    assert desk.town.intakes.show(desk.take()).provenance
