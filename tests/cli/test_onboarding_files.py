"""Card, key sheet and the gateway's own card, as both sides hand them to each other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.domain.trust import OwnerKind, Role, read_trust
from keys import files
from partner.main import cli as kit_cli
from tests.cli.desk import Desk

PHRASE = b"frasa sandi petugas\n"


class Two:
    """A gateway with two officers, and a partner's kit."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.folder = desk, desk.folder
        self.phrase = desk.folder / "frasa-petugas"
        self.phrase.write_bytes(PHRASE)
        for officer in ("siti", "budi"):
            desk.done("officer", "add", officer, "--name", officer, *self.signing(officer)[2:])
        self.kit(
            *("init", "--id", "opr-uji-a", "--name", "Operator Uji A", "--kind", "operator"),
            *("--gateway", "palang-uji", "--test", "--contact", "noc@uji.example"),
            *("--channel", "pull:opr-uji-a", "--reply", "pull:opr-uji-a"),
        )

    def signing(self, officer: str) -> list[str]:
        key = str(self.folder / f"{officer}.pem")
        return ["--officer", officer, "--key", key, "--passphrase-file", str(self.phrase)]

    def kit(self, *words: object, code: int = 0) -> dict[str, Any]:
        named = ["--home", str(self.folder / "kit"), *map(str, words), "--json"]
        result = CliRunner().invoke(kit_cli(), named)
        assert result.exit_code == code, (result.stdout, result.stderr)
        found: dict[str, Any] = json.loads(result.stdout) if code == 0 else {"said": result.stderr}
        return found


@pytest.fixture
def two(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Two:
    monkeypatch.setattr(files, "PERSON_ROUNDS", 1000)  # made for people's patience, not for tests'
    return Two(desk)


def test_both_sides_import_a_card_by_the_fingerprint_that_the_other_reads_out(two: Two) -> None:
    card = two.folder / "kit" / "card.jws"
    read_out = two.kit("card")["fingerprint"]
    shown = two.desk.done("partner", "add", card)
    assert shown["fingerprint"] == read_out
    assert two.desk.done("partner", "list")["partners"] == []
    heard = ["--fingerprint", read_out]
    two.desk.done("partner", "add", card, *two.signing("siti"), *heard)
    text = two.desk.run("partner", "show", "opr-uji-a").stdout
    assert "+ contacts: noc@uji.example" in text
    assert read_out in text
    two.desk.done("partner", "approve", "opr-uji-a", *two.signing("budi"), *heard)
    own = two.folder / "gateway.card"
    made = two.desk.done("card", "--out", own, "--name", "Kementerian Uji", "--contact", "piket")
    pinned = two.kit("trust", own)
    assert pinned["fingerprint"] == made["fingerprint"]
    trust = read_trust((two.folder / "kit" / "trust.json").read_bytes())
    assert {key.owner.kind for key in trust.keys} == {OwnerKind.GATEWAY}
    assert {Role.MANIFEST, Role.CHECKPOINT, Role.STATEMENT} <= {key.role for key in trust.keys}


def test_a_changed_or_foreign_gateway_card_pins_nothing(two: Two) -> None:
    own = two.folder / "gateway.card"
    two.desk.done("card", "--out", own, "--name", "Kementerian Uji")
    data = own.read_bytes()
    head, payload, signature = data.strip().split(b".")
    own.write_bytes(b".".join((head, payload, b"A" * len(signature))))
    assert "signature" in two.kit("trust", own, code=1)["said"]
    two.kit("trust", two.folder / "kit" / "card.jws", code=2)
    assert not (two.folder / "kit" / "trust.json").exists()


def test_the_trust_file_is_rebuilt_from_the_paper_without_the_gateway(two: Two) -> None:
    card = two.folder / "kit" / "card.jws"
    two.desk.done("partner", "add", card, *two.signing("siti"))
    text, page = two.folder / "lembar.txt", two.folder / "lembar.html"
    before = two.desk.done("partner", "sheet", "opr-uji-a", "--out", text)
    two.desk.done("partner", "approve", "opr-uji-a", *two.signing("budi"))
    after = two.desk.done("partner", "sheet", "opr-uji-a", "--html", page)
    assert before["keys"] == after["keys"]
    assert "signature ____" in text.read_text()
    given = two.folder / "trust-given.json"
    two.desk.done("key", "trust", "--partner", "opr-uji-a", "--out", given)
    for name, sheet in (("a.json", text), ("b.json", page)):
        two.kit("trust", "--from-sheet", sheet, "--out", two.folder / name)
        assert (two.folder / name).read_bytes() == given.read_bytes()
    two.kit("trust", "--from-sheet", page)
    assert (two.folder / "kit" / "trust.json").read_bytes() == given.read_bytes()
    page.write_text(page.read_text().replace("role: seal", "role: statement"))
    assert "Error" in two.kit("trust", "--from-sheet", page, "--replace", code=2)["said"]


def test_a_newer_card_takes_the_same_two_people(two: Two) -> None:
    card = two.folder / "kit" / "card.jws"
    two.desk.done("partner", "add", card, *two.signing("siti"))
    two.desk.done("partner", "approve", "opr-uji-a", *two.signing("budi"))
    newer = two.kit("card", "--contact", "baru@uji.example", "--new-keys", "3")
    assert len(newer["keys"]) == 4
    shown = two.desk.done("partner", "add", card, *two.signing("budi"))
    changed = {(c["what"], c["before"] == "") for c in shown["changes"]}
    assert changed == {("contacts", False), ("statement key", True), ("seal key", True)}
    refused = two.desk.run("partner", "approve", "opr-uji-a", *two.signing("budi"))
    assert refused.exit_code == 1
    two.desk.done("partner", "approve", "opr-uji-a", *two.signing("siti"))
    assert len(two.desk.done("partner", "show", "opr-uji-a")["keys"]) == 4
    assert len(list((two.folder / "kit" / "old-cards").iterdir())) == 1


def test_a_sheet_with_a_key_that_is_not_ours_is_not_taken(two: Two) -> None:
    card = two.folder / "kit" / "card.jws"
    two.desk.done("partner", "add", card, *two.signing("siti"))
    sheet = two.folder / "lembar.txt"
    two.desk.done("partner", "sheet", "opr-uji-a", "--out", sheet)
    (two.folder / "kit").rename(two.folder / "lain")
    two.kit(
        *("init", "--id", "opr-uji-a", "--name", "Operator Uji A", "--kind", "operator"),
        *("--gateway", "palang-uji", "--test", "--channel", "pull:opr-uji-a"),
    )
    assert "does not" in two.kit("trust", "--from-sheet", sheet, code=1)["said"]
