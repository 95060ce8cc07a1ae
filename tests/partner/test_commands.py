"""The commands as a person types them: exit codes, JSON, examples, and never a number on screen."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from gateway.domain.statements import Consent, Kind
from keys.cards import open_card
from partner.identity import CARD, KEYS, TRUST
from partner.kit import Kit, SystemClock, load_kit
from partner.main import cli
from tests.partner.factory import Gateway, block, edited, kinds, number

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEy uji\n"


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli(), ["--home", str(home), *arguments])


def shown(result: Result, code: int = 0) -> Any:
    """The object of a --json command, after its exit code."""
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture
def gateway() -> Gateway:
    """One of today: commands have the machine's clock."""
    return Gateway(at=SystemClock().now())


def init(home: Path, *more: str, kind: str = "operator") -> Result:
    peer = home.parent / "peer.pub"
    peer.write_text(HOST_KEY)
    return run(
        home,
        "init",
        *("--id", "opr-uji-a", "--name", "Operator Uji A", "--kind", kind, "--test"),
        *("--gateway", "gerbang-uji", "--channel", "sftp://p@host.example/inbox"),
        *("--reply", "sftp://p@host.example/outbox", "--peer", str(peer)),
        *more,
    )


@pytest.fixture
def home(tmp_path: Path, gateway: Gateway) -> Path:
    """A kit made and pinned by its own commands."""
    folder = tmp_path / "kit"
    assert init(folder).exit_code == 0
    file = tmp_path / "trust.json"
    file.write_bytes(gateway.trust())
    assert run(folder, "trust", str(file)).exit_code == 0
    return folder


def loaded(home: Path) -> Kit:
    return load_kit(home, SystemClock(), {})


def test_init_makes_keys_for_the_owner_only_and_a_card_of_one_piece(tmp_path: Path) -> None:
    home = tmp_path / "kit"
    result = init(home, "--json", "--set", "daily_ceiling=7")
    document = shown(result)
    opened = open_card((home / CARD).read_bytes(), "gerbang-uji", SystemClock().now())
    assert document["fingerprint"] == opened.fingerprint
    assert (opened.card.test, opened.card.partner_kind) == (True, "operator")
    secret = [*(home / KEYS).iterdir(), home / "secrets" / "unlock"]
    assert len(secret) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert loaded(home).settings.daily_ceiling == 7


def test_init_never_overwrites_a_kit(home: Path) -> None:
    before = (home / CARD).read_bytes()
    assert init(home).exit_code == 1
    assert (home / CARD).read_bytes() == before


@pytest.mark.parametrize("setting", ["unknown=1", "daily_ceiling='x'", "noequals"])
def test_init_refuses_a_bad_setting_before_it_makes_anything(tmp_path: Path, setting: str) -> None:
    result = init(tmp_path / "kit", "--set", setting)
    assert result.exit_code == 2
    assert not (tmp_path / "kit" / KEYS).exists()


def test_trust_shows_what_it_pins_and_does_not_replace_it_unasked(
    home: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(Gateway(at=SystemClock().now()).trust())
    before = (home / TRUST).read_bytes()
    assert run(home, "trust", str(other)).exit_code == 1
    assert (home / TRUST).read_bytes() == before
    document = shown(run(home, "trust", str(other), "--replace", "--json"))
    assert {key["role"] for key in document["keys"]} == {"manifest", "checkpoint", "statement"}
    assert (home / TRUST).read_bytes() == other.read_bytes()


@pytest.mark.parametrize("data", [b"", b"{}", b'{"v":2}', "another"])
def test_a_bad_trust_file_is_never_stored(home: Path, tmp_path: Path, data: bytes | str) -> None:
    before = (home / TRUST).read_bytes()
    bad = tmp_path / "bad.json"
    named = Gateway(name="gerbang-lain", at=SystemClock().now())
    bad.write_bytes(data if isinstance(data, bytes) else named.trust())
    assert run(home, "trust", str(bad), "--replace").exit_code == 2
    assert (home / TRUST).read_bytes() == before


def test_the_whole_way_by_hand(home: Path, gateway: Gateway, tmp_path: Path) -> None:
    kit = loaded(home)
    made = gateway.parcel(kit, block(1, 2))
    parcel = tmp_path / made.name
    parcel.write_bytes(made.data)
    output = []
    for _ in range(2):
        result = run(home, "open", str(parcel), "--json")
        output.append(result.output)
        assert shown(result)["delivery"] == made.delivery
    assert [json.loads(text)["new"] for text in output] == [True, False]
    (ack,) = shown(run(home, "ack", "--json"))["statements"]
    assert Path(ack["file"]).exists()
    assert shown(run(home, "apply", "--json"))["applied"] == [f"{made.delivery}.block"]
    assert len(shown(run(home, "confirm", "--json"))["statements"]) == 1
    document = shown(run(home, "status", "--json"))
    assert (document["enforced"], document["sequence"]) == (2, 1)
    assert len(document["unsent"]) == 2


def test_a_refused_parcel_exits_with_one_and_is_answered(
    home: Path, gateway: Gateway, tmp_path: Path
) -> None:
    parcel = tmp_path / "parcel"
    parcel.write_bytes(gateway.parcel(loaded(home), block(1), body=edited(v=9)).data)
    document = shown(run(home, "open", str(parcel), "--json"), 1)
    assert (document["check"], document["reason"]) == (5, "malformed")
    assert run(home, "ack").exit_code == 0
    assert len(kinds(home / "outbox")["ack"]) == 1


def test_a_file_picked_by_mistake_is_refused_here_and_told_to_nobody(
    home: Path, tmp_path: Path
) -> None:
    stray = tmp_path / "surat.pdf"
    stray.write_bytes(b"%PDF-1.7 nothing sealed")
    assert shown(run(home, "open", str(stray), "--json"), 1)["stored"] is False
    assert run(home, "ack").exit_code == 0
    assert kinds(home / "outbox")["ack"] == []
    named = tmp_path / "palang-opr-uji-a-1-00000001.zip.jwe"
    named.write_bytes(stray.read_bytes())
    assert shown(run(home, "open", str(named), "--json"), 1)["reason"] == "cant-open"
    assert run(home, "ack").exit_code == 0
    assert len(kinds(home / "outbox")["ack"]) == 1


def test_exit_codes_tell_unreadable_from_unpinned(home: Path, tmp_path: Path) -> None:
    assert run(home, "open", str(tmp_path / "none")).exit_code == 2
    assert run(tmp_path / "nowhere", "status").exit_code == 2
    (home / TRUST).unlink()
    parcel = tmp_path / "parcel"
    parcel.write_bytes(b"x")
    assert run(home, "open", str(parcel)).exit_code == 3
    assert run(home, "run", "--once").exit_code == 3


def test_a_wrong_passphrase_is_unreadable_and_no_verdict_on_the_parcel(
    home: Path, gateway: Gateway, tmp_path: Path
) -> None:
    parcel = tmp_path / "parcel"
    parcel.write_bytes(gateway.parcel(loaded(home), block(1)).data)
    (home / "secrets" / "unlock").write_text("another secret\n")
    assert run(home, "open", str(parcel)).exit_code == 2
    with loaded(home).state.read() as tx:
        assert tx.one("SELECT count(*) FROM refusals") == (0,)


def test_what_waits_is_shown_and_approved_by_name(
    tmp_path: Path, gateway: Gateway, home: Path
) -> None:
    toml = home / "partner.toml"
    toml.write_text(toml.read_text().replace("daily_ceiling = 5000", "daily_ceiling = 1"))
    made = gateway.parcel(loaded(home), block(1, 2))
    parcel = tmp_path / "parcel"
    parcel.write_bytes(made.data)
    run(home, "open", str(parcel))
    result = run(home, "apply")
    assert result.exit_code == 1
    assert f"apply --approve {made.delivery}" in result.output
    assert run(home, "status").exit_code == 1
    assert run(home, "apply", "--approve", made.delivery).exit_code == 0
    assert run(home, "status").exit_code == 0
    assert run(home, "apply", "--approve", made.delivery).exit_code == 1


def test_no_command_prints_a_number(home: Path, gateway: Gateway, tmp_path: Path) -> None:
    made = gateway.parcel(loaded(home), block(1, 2))
    (home / "inbox" / made.name).write_bytes(made.data)
    result = tmp_path / "result.csv"
    result.write_text(f"entry,disposition,scope,at\n{number(1)},gagal,,2026-11-24T07:00:00Z\n")
    outputs = [
        run(home, *arguments).output
        for arguments in (
            ("run", "--once"),
            ("run", "--once", "--json"),
            ("status",),
            ("status", "--json"),
            ("apply",),
            ("confirm", "--delivery", made.delivery, "--result", str(result)),
            ("confirm", "--delivery", made.delivery, "--again"),
            ("request", "--since", "1"),
        )
    ]
    assert not any(str(number(n))[2:] in text for n in (1, 2) for text in outputs)


def test_a_consent_needs_its_whole_scope_and_takes_it_from_options_or_a_file(
    tmp_path: Path, gateway: Gateway
) -> None:
    home = tmp_path / "ott"
    init(home, kind="ott")
    file = tmp_path / "consent.toml"
    file.write_text(
        'categories = ["penipuan"]\nchannels = ["sms"]\norigins = ["domestic"]\n'
        'fields = ["category"]\nmaximum = 1000\nperiod = "P30D"\npurpose = "own policy"\n'
        'retention = "P90D"\ntarget = "P3D"\nuntil = 2099-06-30\n'
    )
    assert run(home, "consent", "--category", "penipuan").exit_code == 2
    made = shown(run(home, "consent", "--terms", str(file), "--answers", "per-entry", "--json"))
    (one,) = made["statements"]
    kit = loaded(home)
    gateway.at = SystemClock().now()
    said = gateway.read(kit, Path(one["file"]).read_bytes())
    assert isinstance(said, Consent)
    assert (said.kind, said.answers, said.most) == (Kind.CONSENT, "per-entry", 1000)
    assert run(home, "withdraw").exit_code == 0
    assert run(home, "withdraw").exit_code == 1
    assert run(home, "withdraw", "--consent", "sha256:" + "0" * 64).exit_code == 2


def test_an_operator_gives_no_consent(home: Path) -> None:
    options = [
        *("--category", "x", "--channel", "y", "--origin", "domestic", "--until", "2099-01-01"),
        *("--maximum", "1", "--period", "P1D", "--purpose", "p"),
        *("--retention", "P1D", "--target", "P1D"),
    ]
    assert run(home, "consent", *options).exit_code == 1


def test_every_command_shows_an_example_in_its_help() -> None:
    group = cli()
    assert isinstance(group, click.Group)
    for name in group.commands:
        result = CliRunner().invoke(group, [name, "--help"])
        assert result.exit_code == 0
        assert "Example:\n" in result.output, name
        assert f"palang-partner --home kit {name}" in result.output, name
