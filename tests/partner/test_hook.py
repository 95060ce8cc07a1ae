"""The apply hook: what it names is confirmed and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.domain.errors import InputError
from gateway.domain.times import MINUTE
from partner import answers, applying, hook, operations
from partner.kit import Kit, load_kit
from partner.status import status
from tests.partner.factory import FakeClock, Gateway, Made, block, make_kit, number
from tests.partner.hooks import AT, effects, take
from tests.partner.test_applying import said


def test_what_the_hook_names_is_confirmed_and_what_it_leaves_out_is_not(
    gateway: Gateway, hooked: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = hooked
    (kit.home / "skip").write_text("2")
    made = take(gateway, kit, *block(1, 2, 3))
    assert applying.apply(kit).enforced == [f"{made.delivery}.block"]
    assert said(gateway, kit)[made.delivery] == {
        1: ("diblokir_total", "total"),
        3: ("diblokir_total", "total"),
    }
    assert status(kit).unanswered == ((made.delivery, 1),)


@pytest.mark.parametrize("code", ["0", "1"])
def test_an_exit_status_confirms_nothing(
    gateway: Gateway, hooked: tuple[Kit, FakeClock], code: str
) -> None:
    kit, _clock = hooked
    (kit.home / "silent").write_text(code)
    made = take(gateway, kit, *block(1))
    (trouble,) = applying.apply(kit).troubles
    assert "no whole result" in str(trouble)
    assert made.delivery not in said(gateway, kit)
    assert status(kit).hook == (f"{made.delivery}.block",)


def test_unblocks_are_enforced_before_blocks(
    gateway: Gateway, hooked: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = hooked
    take(gateway, kit, *block(1))
    take(gateway, kit, *block(2), *block(9, action="unblock"))
    applying.apply(kit)
    assert [line.split()[0].rpartition(".")[2] for line in effects(kit)] == [
        "unblock",
        "block",
        "block",
    ]


def test_a_failed_hook_is_called_again_with_the_same_operation_but_not_for_what_was_freed_since(
    gateway: Gateway, hooked: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = hooked
    (kit.home / "silent").write_text("1")
    made = take(gateway, kit, *block(1, 2))
    applying.apply(kit)
    (kit.home / "silent").unlink()
    freed = take(gateway, kit, *block(1, action="unblock"))
    applying.apply(kit)
    assert effects(kit) == [
        f"{made.delivery}.block 1,2",
        f"{freed.delivery}.unblock 1",
        f"{made.delivery}.block 2",
    ]
    assert said(gateway, kit)[made.delivery] == {
        1: ("superseded", ""),
        2: ("diblokir_total", "total"),
    }


def test_a_result_that_lies_there_is_taken_and_the_hook_is_not_called(
    gateway: Gateway, hooked: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = hooked
    made = take(gateway, kit, *block(1))
    _lay(kit, made, f"entry,disposition,scope,at\n1,sudah_diblokir,total,{AT}\n")
    applying.apply(kit)
    assert effects(kit) == []
    assert said(gateway, kit)[made.delivery] == {1: ("sudah_diblokir", "total")}


def _lay(kit: Kit, made: Made, text: str) -> Path:
    folder = kit.settings.path("work") / f"{made.delivery}.block"
    folder.mkdir()
    path = folder / "result.csv"
    path.write_text(text)
    return path


def test_half_a_result_is_no_result(gateway: Gateway, hooked: tuple[Kit, FakeClock]) -> None:
    kit, _clock = hooked
    made = take(gateway, kit, *block(1))
    _lay(kit, made, "entry,disposition,scope,at\n1,sudah_dibl")
    applying.apply(kit)
    assert len(effects(kit)) == 1
    assert said(gateway, kit)[made.delivery] == {1: ("diblokir_total", "total")}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (f"1,diblokir,total,{AT}", "closed list"),
        (f"1,diblokir_total,,{AT}", "needs a scope"),
        (f"1,diblokir_total,everything,{AT}", "scope"),
        (f"1,dibuka,,{AT}", "does not answer"),
        (f"3,diblokir_total,total,{AT}", "entry of this operation"),
        ("1,diblokir_total,total,yesterday", "YYYY-MM-DD"),
        (f"1,diblokir_total,total,{AT}\n1,gagal,,{AT}", "twice"),
        (f"{AT}", "expected entry,disposition"),
    ],
)
def test_one_bad_row_refuses_the_whole_result(
    gateway: Gateway, hooked: tuple[Kit, FakeClock], row: str, why: str
) -> None:
    kit, _clock = hooked
    made = take(gateway, kit, *block(1, 2))
    good = f"2,diblokir_total,total,{AT}"
    path = _lay(kit, made, f"entry,disposition,scope,at\n{good}\n{row}\n")
    (trouble,) = applying.apply(kit).troubles
    assert why in str(trouble)
    assert "refused as a whole" in str(trouble)
    assert made.delivery not in said(gateway, kit)
    assert effects(kit) == []
    path.unlink()
    assert applying.apply(kit).enforced


def test_the_loop_is_patient_with_a_failed_hook_and_a_person_is_not(
    gateway: Gateway, hooked: tuple[Kit, FakeClock]
) -> None:
    kit, clock = hooked
    (kit.home / "silent").write_text("1")
    take(gateway, kit, *block(1))
    applying.apply(kit, patient=True)
    applying.apply(kit, patient=True)
    assert len(effects(kit)) == 1
    applying.apply(kit)
    assert len(effects(kit)) == 2
    clock.at += 6 * MINUTE
    applying.apply(kit, patient=True)
    assert len(effects(kit)) == 3


def test_the_numbers_do_not_stay_in_the_work_folder(
    gateway: Gateway, hooked: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = hooked
    take(gateway, kit, *block(1))
    applying.apply(kit)
    found = [p for p in kit.settings.path("work").rglob("*") if p.is_file()]
    assert found
    assert not any(str(number(1)).encode() in path.read_bytes() for path in found)


def test_a_hook_that_can_not_be_run_is_named(gateway: Gateway, tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "kit", gateway, hook='["/no/such/command"]')
    made = take(gateway, kit, *block(1))
    (trouble,) = applying.apply(kit).troubles
    assert "/no/such/command" in str(trouble)
    assert made.delivery not in said(gateway, kit)


def test_a_hook_that_hangs_is_ended(gateway: Gateway, hooked: tuple[Kit, FakeClock]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    assert hook.wait(process, 0) == "was ended after 0 seconds"
    assert process.poll() is not None


def test_a_passing_word_by_hand_does_not_take_an_entry_from_the_hook(
    gateway: Gateway, hooked: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = hooked
    (kit.home / "silent").write_text("1")
    made = take(gateway, kit, *block(1, 2))
    applying.apply(kit)
    (kit.home / "silent").unlink()
    text = f"entry,disposition,scope,at\n1,tertunda,,{AT}\n2,bukan_pelanggan,,{AT}\n"
    answers.record(kit, made.delivery, text.encode(), "hand.csv")
    applying.apply(kit)
    assert effects(kit)[-1] == f"{made.delivery}.block 1"
    assert said(gateway, kit)[made.delivery] == {
        1: ("diblokir_total", "total"),
        2: ("bukan_pelanggan", ""),
    }


def test_a_result_made_by_hand_answers_what_the_hook_left_out(
    gateway: Gateway, hooked: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = hooked
    (kit.home / "skip").write_text("2")
    made = take(gateway, kit, *block(1, 2))
    applying.apply(kit)
    said(gateway, kit)
    answers.record(
        kit, made.delivery, f"entry,disposition,scope,at\n2,gagal,,{AT}\n".encode(), "hand.csv"
    )
    assert said(gateway, kit)[made.delivery][2] == ("gagal", "")


def test_without_a_hook_in_the_settings_a_pending_operation_says_what_it_waits_for(
    gateway: Gateway, hooked: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = hooked
    (kit.home / "silent").write_text("1")
    take(gateway, kit, *block(1))
    applying.apply(kit)
    (kit.home / "silent").unlink()
    toml = kit.home / "partner.toml"
    toml.write_text(toml.read_text().replace("hook = [", "hook = [] # ["))
    bare = load_kit(kit.home, kit.clock, {})
    (trouble,) = applying.apply(bare).troubles
    assert isinstance(trouble, InputError)
    assert "names none" in str(trouble)
    with bare.state.read() as tx:
        assert operations.listed(tx, operations.HOOK)
