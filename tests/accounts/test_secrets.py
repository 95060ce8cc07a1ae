"""What the console keeps encrypted, what it keeps as hashes, and officers' keys for one act."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.domain.access import AccessFilter, What
from gateway.domain.accounts import Account, Role
from gateway.domain.errors import NotFound, NotPermitted, NotVerified
from gateway.domain.times import HOUR, SECOND
from gateway.main import cli
from gateway.main.staffing import Staffing
from gateway.services.approvals import Act, Asked
from gateway.services.throttle import Throttled
from keys.codes import TimeCodes
from keys.passwords import Argon2Passwords
from keys.vault import ConsoleVault
from tests.web.console.staff import MACHINE, PASSPHRASE, StaffHouse


def test_a_sealed_text_opens_for_its_owner_under_its_secret_alone() -> None:
    vault = ConsoleVault(b"rahasia")
    sealed = vault.seal("JBSWY3DP", "siti")
    assert vault.open(sealed, "siti") == "JBSWY3DP" and "JBSWY3DP" not in sealed
    assert vault.seal("JBSWY3DP", "siti") != sealed
    torn = ("A" if sealed[20] != "A" else "B").join((sealed[:20], sealed[21:]))
    for wrong, owner, under in (
        (sealed, "budi", vault),
        (sealed, "siti", ConsoleVault(b"lain")),
        (torn, "siti", vault),
        ("", "siti", vault),
        ("bukan base64!", "siti", vault),
    ):
        with pytest.raises(NotVerified):
            under.open(wrong, owner)


def test_each_kind_of_keyed_hash_has_a_key_of_its_own() -> None:
    vault = ConsoleVault(b"rahasia")
    kinds = ("number", "try", "recovery")
    assert len({vault.blind(kind, "sama") for kind in kinds}) == len(kinds)


def test_a_code_counts_one_step_early_or_late_and_says_which_step_it_was() -> None:
    codes = TimeCodes()
    now = 59 * SECOND
    # RFC 6238 B has the value for the ASCII secret of 20 bytes: 94287082 at 59 s
    rfc = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert codes.step(rfc, "287082", now) == 1
    assert codes.step(rfc, "287 082", now + 30 * SECOND) == 1
    assert codes.step(rfc, "287082", now + 60 * SECOND) is None
    for wrong in ("", "287083", "abcdef", "٢٨٧٠٨٢", "1" * 100):
        assert codes.step(rfc, wrong, now) is None
    assert codes.uri(rfc, "siti", "uji").startswith("otpauth://totp/Palang%20uji:siti?")


def test_passwords_are_argon2id_with_64_mib(tmp_path: Path) -> None:
    made = Argon2Passwords().make("kuda laut mendaki bukit")
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Argon2Passwords().matches(made, "kuda laut mendaki bukit")
    assert not Argon2Passwords().matches(made, "kuda laut mendaki")
    assert not Argon2Passwords().matches("no hash", "kuda")


def test_the_consoles_secret_is_private_and_its_own(house: StaffHouse) -> None:
    path = house.home / "secrets" / "console"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() != (house.home / "secrets" / "unlock").read_bytes()
    path.chmod(0o644)
    with pytest.raises(NotPermitted, match="open to others"):
        _ = Staffing(house.gateway).vault
    path.unlink()
    with pytest.raises(NotFound, match="no secret file"):
        _ = Staffing(house.gateway).vault


def test_k1_nothing_that_the_console_holds_opens_a_key_of_the_gateway(house: StaffHouse) -> None:
    from keys.files import load_private

    secret = (house.home / "secrets" / "console").read_bytes()
    tried = list((house.home / "keys").glob("*.pem"))
    assert tried
    for path in tried:
        with pytest.raises(NotVerified):
            load_private(path, secret)


def with_key(house: StaffHouse, name: str) -> Account:
    """An account beside which its officer's key is kept."""
    house.account(name, Role.PREPARER)
    pem = house.officer(name).read_bytes()
    return house.staffing.keys.put(name, pem, PASSPHRASE.encode(), MACHINE).account


def test_an_officers_key_is_opened_for_one_act_and_every_try_is_logged(house: StaffHouse) -> None:
    house.account("siti", Role.PREPARER)
    house.staffing.keys.put(
        "siti", house.officer("siti").read_bytes(), PASSPHRASE.encode(), MACHINE
    )
    account = house.staffing.accounts.find("siti").account
    assert account.officer == "siti"
    by = house.staffing.keys.unlock(account, PASSPHRASE, "10.0.0.5")
    asked = Asked(Act.BATCH_SUBMIT, "batch:1", "sha256:" + "0" * 64)
    with house.gateway.store.write() as uow:
        word = house.gateway.approvals.sign(uow, by, asked, house.clock.now())
    assert word.officer == "siti"
    with pytest.raises(NotPermitted, match="does not open"):
        house.staffing.keys.unlock(account, "salah sekali", "10.0.0.5")
    rows = house.staffing.access.page(AccessFilter(account="siti"))
    assert [row.what for row in rows[:2]] == [What.KEY_REFUSED, What.KEY_OPEN]


def test_guessing_a_passphrase_is_throttled(house: StaffHouse) -> None:
    house.account("siti", Role.PREPARER)
    house.staffing.keys.put(
        "siti", house.officer("siti").read_bytes(), PASSPHRASE.encode(), MACHINE
    )
    account = house.staffing.accounts.find("siti").account
    for number in range(5):
        with pytest.raises(NotPermitted, match="does not open"):
            house.staffing.keys.unlock(account, f"tebakan {number}", "10.0.0.5")
    with pytest.raises(Throttled):
        house.staffing.keys.unlock(account, PASSPHRASE, "10.0.0.5")
    house.clock.move(HOUR)
    house.staffing.keys.unlock(account, PASSPHRASE, "10.0.0.5")


def test_a_key_has_one_account_and_an_account_without_one_signs_nothing(house: StaffHouse) -> None:
    house.account("siti", Role.PREPARER)
    house.account("budi", Role.PREPARER)
    pem = house.officer("siti").read_bytes()
    house.staffing.keys.put("siti", pem, PASSPHRASE.encode(), MACHINE)
    with pytest.raises(NotPermitted, match="beside account siti"):
        house.staffing.keys.put("budi", pem, PASSPHRASE.encode(), MACHINE)
    with pytest.raises(NotFound, match="signs nothing"):
        house.staffing.keys.unlock(house.staffing.accounts.find("budi").account, PASSPHRASE)
    house.staffing.keys.forget("siti", MACHINE)
    house.staffing.keys.put("budi", pem, PASSPHRASE.encode(), MACHINE)


def test_the_first_administrator_is_made_on_the_machine_with_the_gateway(tmp_path: Path) -> None:
    home = str(tmp_path / "gw")

    def run(*words: str) -> str:
        result = CliRunner().invoke(cli(), ["--home", home, *words])
        assert result.exit_code == 0, result.output
        return result.output

    said = run("init", "--name", "uji", "--administrator", "ani", "--administrator-name", "Ani")
    assert "Administrator ani of the console, one-time password: " in said
    assert "administrator" in run("account", "list")
    assert "One-time password" in run(
        "account", "add", "tono", "--name", "Tono", "--role", "preparer"
    )
    run("account", "role", "tono", "auditor")
    run("account", "disable", "tono")
    run("account", "reset-password", "tono", "--json")
    assert "disabled" in run("account", "list")
    for words in (("enable", "tono"), ("reset-totp", "tono")):
        run("account", *words)
