"""The commands that officers type: the way of a list from intake to release, and its refusals."""

import stat
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli.common import Front, Tools, exit_code
from gateway.domain.errors import Conflict, InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.times import DAY
from gateway.ports import Signer
from gateway.reading.files import FileReader
from tests.cli.front_tools import PASSPHRASE, Desk, commands_of, shows_a_number
from tests.services.front.world import SHEET, PartnerSide, World


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = World(tmp_path)
    yield Desk(tmp_path, world)
    world.store.close()


@pytest.fixture
def staffed(desk: Desk) -> Desk:
    """Two officers and two live operators."""
    for officer in ("siti", "budi"):
        desk.enrol(officer)
    for name in ("opr-uji-a", "opr-uji-b"):
        add_partner(desk, PartnerSide(name, "operator"))
    return desk


def add_partner(desk: Desk, side: PartnerSide) -> PartnerSide:
    card = desk.file(f"{side.id}.card", side.card())
    proposed = desk.done("partner", "add", card, *desk.sign("siti"))
    approved = desk.done("partner", "approve", side.id, *desk.sign("budi"))
    assert proposed["fingerprint"] == approved["fingerprint"]
    return side


def prepared(desk: Desk, sheet: str = SHEET) -> int:
    file = desk.file("laporan.csv", sheet.encode())
    intake = desk.done("intake", "add", file, "--source", "iasc")["id"]
    return int(desk.done("batch", "new", intake)["batch"])


def test_a_list_goes_from_intake_to_release(staffed: Desk) -> None:
    batch = prepared(staffed)
    review = staffed.done("batch", "review", batch)
    submitted = staffed.done("batch", "submit", batch, *staffed.sign("siti"))
    released = staffed.done("batch", "release", batch, *staffed.sign("budi"))
    assert review["digest"] == submitted["digest"] == released["digest"]
    assert released["deliveries"] == [f"{batch}.opr-uji-a.1", f"{batch}.opr-uji-b.1"]
    shown = staffed.done("batch", "show", batch)
    assert [(w["act"], w["officer"]) for w in shown["signatures"]] == [
        ("batch.submit", "siti"),
        ("batch.release", "budi"),
    ]


def test_the_same_way_reads_well_for_a_person_and_names_the_next_step(staffed: Desk) -> None:
    batch = prepared(staffed)
    for words in (
        ["officer", "list"],
        ["partner", "list"],
        ["partner", "show", "opr-uji-a"],
        ["intake", "list"],
        ["intake", "show", "1"],
        ["batch", "review", batch],
        ["batch", "submit", batch, *staffed.sign("siti")],
        ["batch", "release", batch, *staffed.sign("budi")],
        ["batch", "list"],
        ["batch", "show", batch],
    ):
        result = staffed.run(*words)
        assert result.exit_code == 0, result.stderr
        assert result.stdout
        if words[1] not in ("list",) and words[0] != "partner":
            assert "\nNext: " in result.stdout and "palang " in result.stdout
        assert not shows_a_number(result.output), "a number stands unmasked on the screen"


def test_rows_that_a_batch_has_are_left_out_of_the_next_one_and_told(staffed: Desk) -> None:
    prepared(staffed)
    one = staffed.done("intake", "list")["intakes"][0]["id"]
    more = staffed.file("lagi.csv", SHEET.replace("2201", "2209").encode())
    two = staffed.done("intake", "add", more, "--source", "iasc")["id"]
    made = staffed.done("batch", "new", one, two)
    assert made["left_out"]["taken"] > 0 and made["left_out"]["corrected"] == 0
    assert "are in a batch already" in staffed.run("batch", "new", one, two).stderr


def test_the_preparers_own_release_is_refused_with_the_next_step(staffed: Desk) -> None:
    batch = prepared(staffed)
    staffed.done("batch", "submit", batch, *staffed.sign("siti"))
    result = staffed.run("batch", "release", batch, *staffed.sign("siti"))
    assert result.exit_code == 1
    assert "Error: " in result.stderr and "Next: another live officer" in result.stderr


def test_a_key_under_another_officers_name_proves_nothing(staffed: Desk) -> None:
    batch = prepared(staffed)
    staffed.done("batch", "submit", batch, *staffed.sign("siti"))
    key = ["--key", staffed.folder / "siti.pem", "--passphrase-file", staffed.secret()]
    result = staffed.run("batch", "release", batch, "--officer", "budi", *key)
    assert result.exit_code == 1
    assert staffed.done("batch", "show", batch)["state"] == "SUBMITTED"


def test_a_key_that_is_pinned_to_nobody_exits_with_3(staffed: Desk) -> None:
    batch = prepared(staffed)
    staffed.enrol("wati")
    stranger = ["--officer", "siti", "--key", staffed.folder / "joko.pem"]
    from tests.cli.front_tools import new_signer

    new_signer(staffed.folder / "joko.pem", PASSPHRASE.encode())
    secret = ["--passphrase-file", staffed.secret()]
    assert staffed.run("batch", "submit", batch, *stranger, *secret).exit_code == 3


def test_a_wrong_passphrase_signs_nothing(staffed: Desk) -> None:
    batch = prepared(staffed)
    wrong = staffed.file("salah", b"bukan frasanya\n")
    key = ["--officer", "siti", "--key", staffed.folder / "siti.pem", "--passphrase-file", wrong]
    result = staffed.run("batch", "submit", batch, *key)
    assert result.exit_code == 1 and "passphrase" in result.stderr
    assert "frasa" not in result.stderr.replace(str(staffed.folder), "")


def test_the_passphrase_is_asked_for_and_never_shown(desk: Desk) -> None:
    key = desk.folder / "siti.pem"
    words = ["officer", "add", "siti", "--name", "Siti", "--key", key]
    result = desk.run(*words, typed=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert result.exit_code == 0, result.stderr
    assert PASSPHRASE not in result.output
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in key.read_bytes()


def test_a_key_file_of_a_refused_enrolment_is_not_left_behind(staffed: Desk) -> None:
    key = staffed.folder / "lain.pem"
    words = ["officer", "add", "siti", "--name", "Siti lain", "--key", key]
    result = staffed.run(*words, "--passphrase-file", staffed.secret())
    assert result.exit_code == 1 and not key.exists()


def test_an_existing_key_file_is_never_overwritten(staffed: Desk) -> None:
    key = staffed.folder / "siti.pem"
    before = key.read_bytes()
    words = ["officer", "add", "wati", "--name", "Wati", "--key", key]
    assert staffed.run(*words, "--passphrase-file", staffed.secret()).exit_code == 1
    assert key.read_bytes() == before


def test_a_third_officer_is_approved_and_revoked_by_two(staffed: Desk) -> None:
    assert staffed.enrol("wati")["standing"] == "proposed"
    first = staffed.done("officer", "approve", "wati", *staffed.sign("siti"))
    second = staffed.done("officer", "approve", "wati", *staffed.sign("budi"))
    assert (first["standing"], second["standing"]) == ("proposed", "live")
    first = staffed.done("officer", "revoke", "wati", *staffed.sign("siti"))
    second = staffed.done("officer", "revoke", "wati", *staffed.sign("budi"))
    assert (first["standing"], second["standing"]) == ("live", "closed")


def test_a_consent_and_its_withdrawal_are_recorded_from_files(staffed: Desk) -> None:
    ott = add_partner(staffed, PartnerSide("pesan-uji", "ott"))
    given = staffed.file("consent.jws", ott.consent() + b"\n")
    record = staffed.done("partner", "consent", "pesan-uji", given)
    assert record["withdrawn"] is None
    word = staffed.file("withdrawal.jws", ott.withdrawal(record["statement"]))
    assert staffed.done("partner", "consent", "pesan-uji", word)["withdrawn"]
    assert len(staffed.done("partner", "consents", "pesan-uji")["consents"]) == 1
    assert staffed.run("partner", "consents", "pesan-uji").exit_code == 0


def test_the_export_is_a_new_file_for_its_owner_only(staffed: Desk) -> None:
    prepared(staffed)
    out = staffed.folder / "hasil.csv"
    assert staffed.done("intake", "export", "1", "--out", out)["rows"] == 4
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert b"6287011112201" in out.read_bytes()
    assert staffed.run("intake", "export", "1", "--out", out).exit_code == 1


def test_the_same_file_again_exits_with_1_and_names_the_intake(staffed: Desk) -> None:
    prepared(staffed)
    file = staffed.folder / "laporan.csv"
    result = staffed.run("intake", "add", file, "--source", "ojk")
    assert result.exit_code == 1 and "intake 1" in result.stderr


def test_a_file_that_can_not_be_read_exits_with_2(staffed: Desk) -> None:
    result = staffed.run("intake", "add", staffed.folder / "tidak-ada.csv", "--source", "iasc")
    assert result.exit_code == 2


def test_unblocks_come_from_a_file_or_standard_input(staffed: Desk) -> None:
    batch = prepared(staffed)
    staffed.done("batch", "submit", batch, *staffed.sign("siti"))
    staffed.done("batch", "release", batch, *staffed.sign("budi"))
    sheet = "nomor hp\n0870-1111-2201\n"
    file = staffed.file("buka.csv", sheet.encode())
    made = staffed.done("batch", "new", "--unblock", file, "--reason", "SURAT-1/2026")
    assert (made["lane"], made["entries"]) == ("unblock", 1)
    result = staffed.run("batch", "new", "--unblock", "-", "--reason", "SURAT-2", typed=sheet)
    assert result.exit_code == 0, result.stderr
    assert staffed.run("batch", "new", "--unblock", file).exit_code == 2


def test_a_batch_is_of_intakes_or_of_unblocks(staffed: Desk) -> None:
    file = staffed.file("buka.csv", b"nomor hp\n0870-1111-2201\n")
    assert staffed.run("batch", "new").exit_code == 2
    assert staffed.run("batch", "new", "1", "--unblock", file, "--reason", "S-1").exit_code == 2


def test_a_batch_is_reopened_and_stopped(staffed: Desk) -> None:
    batch = prepared(staffed)
    staffed.done("batch", "submit", batch, *staffed.sign("siti"))
    assert staffed.done("batch", "reopen", batch, *staffed.sign("budi"))["state"] == "PREPARED"
    staffed.done("batch", "submit", batch, *staffed.sign("siti"))
    staffed.done("batch", "release", batch, *staffed.sign("budi"))
    done = staffed.done("batch", "stop", batch, *staffed.sign("siti"))
    assert len(done["stopped"]) == 2 and done["may_have_arrived"] == []
    assert staffed.done("batch", "show", batch)["state"] == "STOPPED"


def test_a_guard_is_accepted_by_name_and_reference(tmp_path: Path) -> None:
    from gateway.services.guards import GuardLimits

    world = World(tmp_path, GuardLimits(1, 60, 50, 30, 500))
    desk = Desk(tmp_path, world)
    for officer in ("siti", "budi", "wati"):
        desk.enrol(officer)
    for officer in ("siti", "budi"):
        desk.done("officer", "approve", "wati", *desk.sign(officer))
    add_partner(desk, PartnerSide("opr-uji-a", "operator"))
    batch = prepared(desk)
    assert "ABOVE" in desk.run("batch", "review", batch).stdout
    desk.done("batch", "submit", batch, *desk.sign("siti"))
    endorse = ["batch", "endorse", batch, *desk.sign("budi")]
    assert desk.run("batch", "release", batch, *desk.sign("budi")).exit_code == 1
    assert desk.run(*endorse, "--accept-guard", "entries").exit_code == 2
    desk.done(*endorse, "--accept-guard", "entries=ND-114/KOMDIGI/2026")
    desk.done("batch", "release", batch, *desk.sign("wati"))
    world.store.close()


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from walk(child, (*path, name))
    else:
        yield path


def never() -> Front:
    raise AssertionError("--help opened the gateway")


def no_key(_path: Path, _passphrase: bytes) -> Signer:
    raise AssertionError("--help opened a key")


CLOSED = commands_of(Tools(never, no_key, no_key))


@pytest.mark.parametrize("path", list(walk(CLOSED)), ids=" ".join)
def test_every_command_has_json_help_and_an_example_without_a_database(
    path: tuple[str, ...],
) -> None:
    result = CliRunner().invoke(CLOSED, [*path, "--help"])
    assert result.exit_code == 0
    assert "Example:" in result.output and f"palang {' '.join(path)}" in result.output
    assert "--json" in result.output


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("x"), 2),
        (NotVerified("malformed"), 2),
        (NotVerified("unknown-key"), 3),
        (NotVerified("signature"), 1),
        (NotPermitted("x"), 1),
        (Conflict("x"), 1),
        (NotFound("x"), 1),
    ],
)
def test_exit_codes_are_those_of_the_design(error: Exception, code: int) -> None:
    assert isinstance(error, InputError | NotVerified | NotPermitted | Conflict | NotFound)
    assert exit_code(error) == code


@pytest.mark.parametrize("name", ["tinjauan.csv", "tinjauan.xlsx"])
def test_what_is_due_for_review_is_exported_for_staff(staffed: Desk, name: str) -> None:
    batch = prepared(staffed)
    staffed.done("batch", "submit", batch, *staffed.sign("siti"))
    staffed.done("batch", "release", batch, *staffed.sign("budi"))
    staffed.world.pass_time(400 * DAY)
    out = staffed.folder / name
    due = staffed.done("batch", "due", "--out", out)["due"]
    with FileReader().open(out, name) as opened:
        head, *rows = (row for block in opened.blocks(0) for row in block.rows)
    assert head == ["number", "batch", "review_date", "partner"]
    assert len(rows) == sum(one["numbers"] for one in due) > 0
    assert staffed.run("batch", "due", "--out", staffed.folder / "tinjauan.doc").exit_code == 2
