"""What is enforced: lists, ceiling, never-block, overtaken orders; and what is said of them."""

from __future__ import annotations

import dataclasses
import itertools
import os
import shutil
from pathlib import Path

import pytest

from gateway.domain.dispositions import counts_as_done
from gateway.domain.errors import Conflict, InputError
from gateway.domain.ids import DeliveryId
from gateway.domain.statements import Confirmation
from gateway.domain.times import DAY
from partner import answers, applying, never_block, outgoing
from partner.kit import Kit
from partner.receive import receive
from partner.state import State
from partner.status import status
from tests.partner.factory import FakeClock, Gateway, Made, block, make_kit, number


def listed(kit: Kit, name: str = "current.csv") -> list[str]:
    """The first column of a list, without its header."""
    text = (kit.settings.path("lists") / name).read_text()
    return [line.split(",")[0] for line in text.splitlines()[1:]]


def said(gateway: Gateway, kit: Kit) -> dict[str, dict[int, tuple[str, str]]]:
    """Per delivery and entry, the outcome of the highest revision that was confirmed."""
    answers.confirm(kit)
    with kit.state.read() as tx:
        made = outgoing.of_kind(tx, "confirm")
    found: dict[str, dict[int, tuple[str, str]]] = {}
    for one in sorted((gateway.read(kit, m.body) for m in made), key=lambda s: s.revision):  # type: ignore[union-attr]  # all are confirmations
        assert isinstance(one, Confirmation)
        rows = {row.entry: (row.disposition, row.scope) for row in one.rows}
        found.setdefault(one.delivery, {}).update(rows)
    return found


def test_applied_numbers_are_on_the_list_and_freed_ones_leave_it(
    gateway: Gateway, kit: Kit
) -> None:
    receive(kit, gateway.parcel(kit, block(1, 2, 3)).data)
    applying.apply(kit)
    assert listed(kit) == [str(number(n)) for n in (1, 2, 3)]
    receive(kit, gateway.parcel(kit, block(2, action="unblock")).data)
    applying.apply(kit)
    assert listed(kit) == [str(number(n)) for n in (1, 3)]


def test_without_a_hook_nothing_counts_as_done(gateway: Gateway, kit: Kit) -> None:
    made = gateway.parcel(kit, [*block(1), *block(2, action="unblock")])
    receive(kit, made.data)
    applying.apply(kit)
    outcome = said(gateway, kit)[made.delivery]
    assert set(outcome.values()) == {("tertunda", "list-only")}
    assert not any(counts_as_done(*word) for word in outcome.values())


def test_any_order_of_arrival_ends_in_the_same_list_and_frees_are_last_word(
    gateway: Gateway, tmp_path: Path
) -> None:
    model = make_kit(tmp_path / "model", gateway)
    made = [
        gateway.parcel(model, block(1, 2)),
        gateway.parcel(model, block(1, action="unblock")),
        gateway.parcel(model, block(1, 3)),
        gateway.parcel(model, block(3, action="unblock")),
    ]
    ends = set()
    for n, arrival in enumerate(itertools.permutations(made)):
        kit = _copy(model, tmp_path / f"kit{n}")
        for one in arrival:
            receive(kit, one.data)
            applying.apply(kit)
        ends.add(tuple(listed(kit)))
    assert ends == {(str(number(1)), str(number(2)))}


def _copy(model: Kit, home: Path) -> Kit:
    """The same partner with an empty memory."""
    shutil.copytree(model.home, home)
    settings = dataclasses.replace(model.settings, home=home)
    return dataclasses.replace(model, settings=settings, state=State(home / "state.sqlite"))


def test_an_order_that_comes_too_late_is_confirmed_as_superseded(
    gateway: Gateway, kit: Kit
) -> None:
    early = gateway.parcel(kit, block(1, 2))
    later = gateway.parcel(kit, block(1, action="unblock"))
    for made in (later, early):
        receive(kit, made.data)
        applying.apply(kit)
    assert said(gateway, kit)[early.delivery] == {
        1: ("superseded", ""),
        2: ("tertunda", "list-only"),
    }


def test_an_order_without_a_final_word_is_superseded_when_overtaken(
    gateway: Gateway, kit: Kit
) -> None:
    first = gateway.parcel(kit, block(1, 2))
    receive(kit, first.data)
    applying.apply(kit)
    said(gateway, kit)
    answers.record(kit, first.delivery, _result((2, "sudah_nonaktif", "")), "result.csv")
    receive(kit, gateway.parcel(kit, block(1, 2, action="unblock")).data)
    applying.apply(kit)
    assert said(gateway, kit)[first.delivery] == {
        1: ("superseded", ""),
        2: ("sudah_nonaktif", ""),
    }


def _result(*rows: tuple[int, str, str]) -> bytes:
    lines = [f"{entry},{code},{scope},2026-11-24T07:00:00Z" for entry, code, scope in rows]
    return "\n".join(["entry,disposition,scope,at", *lines, ""]).encode()


def test_a_protected_number_is_confirmed_so_and_never_listed(gateway: Gateway, kit: Kit) -> None:
    kit.settings.path("never_block").write_text(f"# ours\n{number(1)}\n+{str(number(20))[:-1]}*\n")
    made = gateway.parcel(kit, block(1, 2, 20, 25))
    receive(kit, made.data)
    applying.apply(kit)
    assert listed(kit) == [str(number(2))]
    outcome = said(gateway, kit)[made.delivery]
    assert {entry for entry, word in outcome.items() if word == ("nomor_dilindungi", "")} == {
        1,
        3,
        4,
    }


def test_a_number_protected_later_leaves_the_list_and_the_status_says_so(
    gateway: Gateway, kit: Kit
) -> None:
    receive(kit, gateway.parcel(kit, block(1, 2)).data)
    applying.apply(kit)
    kit.settings.path("never_block").write_text(str(number(1)))
    receive(kit, gateway.parcel(kit, block(3)).data)
    applying.apply(kit)
    assert listed(kit) == [str(number(n)) for n in (2, 3)]
    assert status(kit).protected == 1


def test_a_changed_never_block_file_rules_at_the_next_round_without_a_new_parcel(
    gateway: Gateway, kit: Kit
) -> None:
    receive(kit, gateway.parcel(kit, block(1, 2)).data)
    applying.apply(kit)
    path = kit.settings.path("never_block")
    path.write_text(str(number(1)))
    os.utime(path, ns=(2**62, 2**62))
    applying.apply(kit, patient=True)
    assert listed(kit) == [str(number(2))]


def test_a_list_that_somebody_removed_is_written_again(gateway: Gateway, kit: Kit) -> None:
    receive(kit, gateway.parcel(kit, block(1)).data)
    applying.apply(kit)
    (kit.settings.path("lists") / "current.csv").unlink()
    applying.apply(kit, patient=True)
    assert listed(kit) == [str(number(1))]


@pytest.mark.parametrize("line", ["0870 0000", "62 870", "870", "6287*0", "nomor", "*"])
def test_a_bad_line_of_the_never_block_file_stops_applying(
    gateway: Gateway, kit: Kit, line: str
) -> None:
    kit.settings.path("never_block").write_text(f"# remark\n{line}\n")
    receive(kit, gateway.parcel(kit, block(1)).data)
    with pytest.raises(InputError, match="line 2"):
        applying.apply(kit)
    assert not (kit.settings.path("lists") / "current.csv").exists()


def test_no_never_block_file_protects_nothing(tmp_path: Path) -> None:
    assert not never_block.load(tmp_path / "none.txt")(number(1))


# --- the ceiling ---------------------------------------------------------------------------------


@pytest.fixture
def small(gateway: Gateway, tmp_path: Path) -> tuple[Kit, FakeClock]:
    """A kit that lets three new blocks a day through."""
    clock = FakeClock()
    return make_kit(tmp_path / "small", gateway, clock=clock, daily_ceiling="3"), clock


def take(gateway: Gateway, kit: Kit, *rows: tuple[int, str]) -> Made:
    made = gateway.parcel(kit, rows)
    receive(kit, made.data)
    return made


def test_a_delivery_above_the_ceiling_waits_until_a_person_approves_it(
    gateway: Gateway, small: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = small
    take(gateway, kit, *block(1, 2))
    large = take(gateway, kit, *block(3, 4))
    done = applying.apply(kit)
    assert done.waiting == [f"{large.delivery}.block"]
    assert listed(kit) == [str(number(n)) for n in (1, 2)]
    assert status(kit).waiting == ((large.delivery, 2),)
    assert large.delivery not in said(gateway, kit)
    applying.approve(kit, large.delivery)
    applying.apply(kit)
    assert listed(kit) == [str(number(n)) for n in (1, 2, 3, 4)]


def test_the_unblocks_of_a_waiting_delivery_do_not_wait(
    gateway: Gateway, small: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = small
    take(gateway, kit, *block(1, 2))
    applying.apply(kit)
    mixed = take(gateway, kit, *block(3, 4, 5, 6), *block(1, action="unblock"))
    applying.apply(kit)
    assert listed(kit) == [str(number(2))]
    assert said(gateway, kit)[mixed.delivery] == {5: ("tertunda", "list-only")}


def test_a_waiting_block_that_is_freed_meanwhile_is_superseded_and_never_enforced(
    gateway: Gateway, small: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = small
    large = take(gateway, kit, *block(1, 2, 3, 4))
    applying.apply(kit)
    take(gateway, kit, *block(1, 2, 3, 4, action="unblock"))
    assert applying.apply(kit).waiting == []
    assert listed(kit) == []
    assert set(said(gateway, kit)[large.delivery].values()) == {("superseded", "")}


def test_the_ceiling_counts_anew_on_the_next_local_day_but_what_waits_stays_with_the_person(
    gateway: Gateway, small: tuple[Kit, FakeClock]
) -> None:
    kit, clock = small
    take(gateway, kit, *block(1, 2, 3))
    applying.apply(kit)
    large = take(gateway, kit, *block(4))
    assert applying.apply(kit).waiting
    clock.at += DAY
    today = take(gateway, kit, *block(5))
    done = applying.apply(kit)
    assert done.ruled == [f"{today.delivery}.block"]
    assert done.waiting == [f"{large.delivery}.block"]


def test_approving_what_does_not_wait_is_refused(gateway: Gateway, kit: Kit) -> None:
    made = take(gateway, kit, *block(1))
    applying.apply(kit)
    with pytest.raises(Conflict):
        applying.approve(kit, made.delivery)


# --- lists ---------------------------------------------------------------------------------------


def test_the_list_is_written_in_the_forms_and_with_the_separator_asked_for(
    gateway: Gateway, tmp_path: Path
) -> None:
    kit = make_kit(
        tmp_path / "forms", gateway, list_forms='["62", "+62", "08"]', list_separator='";"'
    )
    made = take(gateway, kit, *block(1))
    applying.apply(kit)
    digits = str(number(1))
    assert listed(kit, "current-62.csv") == [digits]
    assert listed(kit, "current-plus62.csv") == ["+" + digits]
    assert listed(kit, "current-08.csv") == ["0" + digits[2:]]
    text = (kit.settings.path("lists") / "current.csv").read_text()
    assert text.splitlines()[1] == f"{digits};1;{made.delivery};1;penipuan;sms"


def test_a_batch_decides_not_the_sequence(gateway: Gateway, kit: Kit) -> None:
    """A delivery of batch 7 may be sealed after one of batch 9."""
    receive(kit, gateway.parcel(kit, block(1), delivery=DeliveryId(9, "opr-uji-a", 1)).data)
    late = gateway.parcel(kit, block(1, action="unblock"), delivery=DeliveryId(7, "opr-uji-a", 1))
    receive(kit, late.data)
    applying.apply(kit)
    assert listed(kit) == [str(number(1))]
