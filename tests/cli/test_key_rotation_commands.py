"""`palang key rotate`, `phases`, `exposure` from the terminal; with the keys in a real token."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from keys import files
from tests.cli.desk import Desk
from tests.peers import softhsm

PASSPHRASE = b"rahasia-petugas\n"


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody guesses these passphrases; a person's take a second for each test."""
    monkeypatch.setattr(files, "PERSON_ROUNDS", 1000)


@pytest.fixture
def signers(desk: Desk) -> dict[str, list[object]]:
    """Two officers, each with what signs for them."""
    secret = desk.folder / "frasa"
    secret.write_bytes(PASSPHRASE)
    found = {}
    for name in ("siti", "budi"):
        words = ["--key", desk.folder / f"{name}.pem", "--passphrase-file", secret]
        desk.done("officer", "add", name, "--name", f"Petugas {name}", *words)
        found[name] = ["--officer", name, *words]
    return found


def test_two_officers_announce_a_key_and_everybody_sees_its_phase(
    desk: Desk, signers: dict[str, list[object]]
) -> None:
    first = desk.run("key", "rotate", "manifest", *signers["siti"])
    assert first.exit_code == 0, first.stderr
    assert "another officer: palang key rotate manifest" in first.stdout
    made = desk.done("key", "rotate", "manifest", *signers["budi"])
    phases = desk.done("key", "phases")["keys"]
    assert {p["phase"] for p in phases if p["kid"] == made["kid"]} == {"announced"}
    twice = desk.run("key", "rotate", "manifest", "--new", "--days", "0", *signers["siti"])
    assert twice.exit_code == 0
    told = desk.run("doctor").stdout
    assert "in phase proposed" in told and "in phase announced" in told
    assert "manifest Ed25519, 256 bits" in told


def test_an_openpgp_key_is_rotated_beside_the_others(
    desk: Desk, signers: dict[str, list[object]]
) -> None:
    words = ["manifest", "--alg", "OpenPGP", "--days", "0"]
    desk.done("key", "rotate", *words, *signers["siti"])
    made = desk.done("key", "rotate", "manifest", *signers["budi"])
    assert made["kid"].startswith("pgp-")
    phases = {one["kid"]: one["phase"] for one in desk.done("key", "phases")["keys"]}
    assert phases[made["kid"]] == "confirmed"
    assert "manifest OpenPGP Ed25519, 256 bits" in desk.run("doctor").stdout
    refused = desk.run("key", "retire", made["kid"], *signers["siti"])
    assert "has no valid manifest key" in refused.stderr  # the others don't stand in for it


def test_a_key_that_is_not_replaced_can_not_be_retired(
    desk: Desk, signers: dict[str, list[object]]
) -> None:
    keys = desk.done("key", "list")["keys"]
    kid = next(k["kid"] for k in keys if (k["role"], k["alg"]) == ("manifest", "ES256"))
    refused = desk.run("key", "retire", *signers["siti"], kid)
    assert refused.exit_code == 1
    assert "has no valid manifest key for cms" in refused.stderr


def test_the_exposure_of_an_officers_key_is_exported(
    desk: Desk, signers: dict[str, list[object]], tmp_path: Path
) -> None:
    desk.done("key", "rotate", "manifest", *signers["siti"])
    kid = next(k["kid"] for k in desk.done("key", "list")["keys"] if k["owner"] == "siti")
    found = desk.done("key", "exposure", kid)["found"]
    assert [(one["how"], one["what"]) for one in found] == [("signed", "key.announce")]
    out = tmp_path / "exposure.csv"
    assert desk.run("key", "exposure", kid, "--csv", out).exit_code == 0
    with out.open(newline="") as file:
        assert list(csv.DictReader(file)) == found
    assert desk.done("key", "exposure", kid, "--since", "2099-01-01T00:00:00Z")["found"] == []
    wrong = desk.run("key", "exposure", kid, "--since", "yesterday")
    assert (wrong.exit_code, "2026-11-01T00:00:00Z" in wrong.stderr) == (2, True)
    assert desk.run("key", "exposure", "unknown").exit_code == 1


@pytest.mark.parametrize("command", ["revoke", "retire", "exposure", "export"])
def test_a_key_id_that_begins_with_a_dash_is_no_option(desk: Desk, command: str) -> None:
    kid = "-" + "R9FULLsapNSU0BgG5PVHbEzZliTbMfxEfKluPqZBsc"
    options = {"exposure": ["--json"], "export": ["--form", "asc", "--out", "x.asc"]}
    signing = ["--officer", "siti", "--key", "siti.pem"]
    told = desk.run("key", command, kid, *options.get(command, signing)).stderr
    assert "No such option" not in told
    assert "Usage" not in told
    assert "No such option" in desk.run("key", "exposure", "KEY", "--sinc").stderr


@pytest.mark.softhsm
def test_one_line_of_the_settings_moves_the_keys_into_a_token(
    desk: Desk, signers: dict[str, list[object]]
) -> None:
    """And an officer's key may lie in one too; no PIN is ever printed."""
    pin = desk.home / "secrets" / "pin"
    pin.write_bytes(softhsm.PIN)
    pin.chmod(0o600)
    uri = softhsm.uri("palang-uji") + "&pin-source=file:secrets/pin"
    settings = desk.home / "palang.toml"
    settings.write_text(f'key_store = "{uri}"\n' + settings.read_text())
    rina = softhsm.uri("siti-uji", ";object=rina")
    secret = desk.folder / "pin"
    secret.write_bytes(softhsm.PIN)
    token = ["--key", rina, "--passphrase-file", secret]
    desk.done("officer", "add", "rina", "--name", "Petugas Rina", *token)
    for by in ("siti", "budi"):
        desk.done("officer", "approve", "rina", *signers[by])
    desk.done("key", "rotate", "checkpoint", "--days", 0, "--officer", "rina", *token)
    made = desk.done("key", "rotate", "checkpoint", *signers["budi"])
    assert not list((desk.home / "keys").glob(f"*{made['kid']}*"))
    signed = desk.run("audit", "checkpoint", "--sign")
    assert signed.exit_code == 0, signed.stderr
    (found,) = desk.done("key", "exposure", made["kid"])["found"]
    assert found["what"] == "checkpoint"
    doctor = desk.run("doctor")
    assert f"checkpoint {made['kid']} opens" in doctor.stdout
    assert softhsm.PIN.decode() not in doctor.stdout + doctor.stderr + signed.stdout
