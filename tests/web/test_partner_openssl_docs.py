"""docs/partner-openssl.md as printed: shell, openssl, unzip, awk and curl, at the real listener."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from demo.cast import TERMS
from gateway.domain import fetched
from gateway.domain.canonical import digest
from gateway.domain.cms import der, names
from gateway.domain.cms.ber import SET
from gateway.domain.statements import About, Ack, Confirmation, Consent, Request
from gateway.domain.trust import Role
from keys.cards import open_card
from keys.cms_signed import sign_detached
from keys.documents import Documents
from keys.exports import export
from tests.keys.gpg_page import (
    CHECKPOINT,
    CSV,
    HEAD,
    manifest,
)
from tests.keys.parties import GATEWAY, OPERATOR, Held
from tests.web.house import A, House
from tests.web.openssl_page import (
    BLOCKS,
    MANIFEST,
    NAME,
    SCRIPT,
    STRANGER,
    RealClock,
    Shell,
    known_partner,
    partner_shell,
)

NOBODY = der.sequence(  # SignedData with no signer at all
    names.SIGNED,
    der.tlv(
        0xA0,
        der.sequence(der.integer(1), der.tlv(SET), der.sequence(names.DATA), der.tlv(SET)),
    ),
)

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A partner that took the gateway's keys."""
    return known_partner(tmp_path_factory.mktemp("partner"))


@pytest.fixture
def shell(known: Shell, tmp_path: Path) -> Iterator[Shell]:
    """The same partner with nothing done yet."""
    with partner_shell(known, tmp_path) as made:
        yield made


def test_a_parcel_is_fetched_opened_acknowledged_and_confirmed(shell: Shell) -> None:
    sealed = shell.lay()
    said = shell.run("fetch", "open", "ack", "confirm")
    assert said.splitlines() == [
        f"in/{NAME}",
        "a test: block nothing",
        f"good: 7.{A}.1, 3 entries in work/{NAME}/entries.csv",
    ]
    read = [
        Documents().open_statement(
            document, OPERATOR, Role.STATEMENT, shell.trust, RealClock().now(), GATEWAY.id
        )
        for document in [*shell.house.kept(), *_requests(shell.house)]
    ]
    assert {one.key for one in read} == {shell.keys[Role.STATEMENT]}
    ack, confirm, request = (one.statement for one in read)
    assert isinstance(ack, Ack) and isinstance(request, Request)
    assert ack.about == About(1, 1, digest(sealed), digest(HEAD.to_bytes()))
    assert (ack.result, ack.checkpoint) == ("positive", digest(CHECKPOINT.encode()))
    assert isinstance(confirm, Confirmation)
    assert (confirm.delivery, confirm.about.manifest) == (f"7.{A}.1", ack.about.manifest)
    assert [(row.entry, row.disposition, row.scope) for row in confirm.rows] == [
        (entry, "diblokir_total", "total") for entry in (1, 2, 3)
    ]
    assert shell.run("fetch", "open") == "nothing lies ready\n"


def _requests(house: House) -> list[bytes]:
    return [fetched.read(word).request.encode() for word in house.fetches()]


def test_it_comes_again_until_it_was_acknowledged(shell: Shell) -> None:
    shell.lay()
    assert shell.run("fetch", "open") == shell.run("fetch", "open")
    shell.run("fetch", "open", "ack")
    assert shell.run("fetch") == "nothing lies ready\n"


@pytest.mark.parametrize(
    ("native", "word"),
    [
        (STRANGER, "the signature does not hold"),
        (sign_detached(b"{}", MANIFEST.signer), "the signature does not hold"),
        (NOBODY, "the signature does not hold"),
    ],
    ids=["stranger", "of another manifest", "nobody"],
)
def test_a_parcel_that_another_signed_or_nobody_is_refused(
    shell: Shell, native: bytes | Held, word: str
) -> None:
    shell.lay(native=native)
    assert word in shell.run("fetch", "open", ok=False)


def test_other_entries_another_partner_and_a_damaged_file_are_refused(shell: Shell) -> None:
    shell.lay(csv=CSV.replace(b"628701111001", b"628701111009"))
    assert "other entries" in shell.run("fetch", "open", ok=False)
    place = shell.folder / "in" / NAME
    place.write_bytes(shell.sealed(replace(HEAD, partner="opr-uji-b")))
    assert "for another partner" in shell.run("open", ok=False)
    place.write_bytes(shell.sealed()[:-9] + bytes(9))
    assert "not for this key, or damaged" in shell.run("open", ok=False)
    assert not (shell.folder / "work" / NAME / "unverified").exists()
    assert shell.house.kept() == []


def test_signed_entries_that_can_not_be_meant_are_refused(shell: Shell) -> None:
    letter = CSV.replace(b"628701111001", b"62870111100x")
    for head, csv in ((replace(HEAD, block=4), CSV), (manifest(letter), letter)):
        (shell.folder / "in" / NAME).write_bytes(shell.sealed(head, csv))
        assert "entries that can not be meant" in shell.run("open", ok=False)


def test_another_certificate_than_the_one_compared_is_refused(shell: Shell) -> None:
    (shell.folder / "gateway.crt").write_bytes(export(STRANGER.pin, "certificate"))
    shell.lay(native=STRANGER)
    assert "another key than you compared" in shell.run("fetch", "open", ok=False)


def test_an_epoch_that_is_over_and_another_of_its_sequence_are_refused(shell: Shell) -> None:
    shell.lay(replace(HEAD, epoch=2))
    shell.run("fetch", "open", "ack")
    place = shell.folder / "in" / NAME
    place.write_bytes(shell.sealed(replace(HEAD, epoch=2, issued=HEAD.issued + 60_000_000)))
    assert "another parcel had this sequence" in shell.run("open", ok=False)
    place.write_bytes(shell.sealed())
    assert "an epoch that is over" in shell.run("open", ok=False)


def test_an_ott_has_a_card_of_its_kind_and_consents(shell: Shell) -> None:
    with (shell.folder / "partner.env").open("a") as settings:
        settings.write("KIND=ott\nSAYS='ditindak;account'\n")
    (shell.folder / "terms.json").write_text(json.dumps(TERMS))
    shell.lay()
    shell.run("card", "consent", "fetch", "open", "confirm")
    card = open_card((shell.folder / "card.p7m").read_bytes(), GATEWAY.id, RealClock().now())
    assert card.card.partner_kind == "ott"
    consent, confirm = (
        Documents()
        .open_statement(one, OPERATOR, Role.STATEMENT, shell.trust, RealClock().now(), GATEWAY.id)
        .statement
        for one in shell.house.kept()
    )
    assert isinstance(consent, Consent) and consent.answers == TERMS["answers"]
    assert isinstance(confirm, Confirmation)
    assert {(row.disposition, row.scope) for row in confirm.rows} == {("ditindak", "account")}


def test_the_script_of_the_demo_is_the_page() -> None:
    steps = "".join(f"{name})\n{text};;\n" for name, text in BLOCKS.items() if name != "session")
    body = f'for step in "$@"; do\ncase "$step" in\n{steps}*) stop "no step $step" ;;\nesac\ndone\n'
    assert SCRIPT.read_text().endswith(BLOCKS["session"] + body)


def test_the_script_does_the_same_over_folders(shell: Shell) -> None:
    settings = (shell.folder / "partner.env").read_text()
    (shell.folder / "partner.env").write_text(settings.replace("pull:", "dir:"))
    (shell.folder / "in" / NAME).write_bytes(shell.sealed())
    shell.ended(["sh", str(SCRIPT), "open", "ack", "confirm"])
    said = sorted((shell.folder / "out").iterdir())
    assert [path.name for path in said] == [
        digest(path.read_bytes()).removeprefix("sha256:") + ".p7m" for path in said
    ]
    assert (len(said), shell.house.kept()) == (2, [])
