"""docs/partner-gpg.md as printed: a partner with a shell, gpg and unzip, and nothing of ours."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.domain.canonical import decode, digest
from gateway.domain.openpgp import content
from gateway.domain.statements import About, Ack, Confirmation
from gateway.domain.trust import Role
from keys.documents import Documents
from tests.keys.gpg_page import (
    BLOCKS,
    CHECKPOINT,
    CSV,
    HEAD,
    NAME,
    SCRIPT,
    Shell,
    environment,
    manifest,
    now,
    partner_shell,
)
from tests.keys.openpgp_parts import STRANGER
from tests.keys.parties import GATEWAY, NOW, OPERATOR

pytestmark = pytest.mark.gpg


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    """A partner that made its keys, handed over its card, and took the gateway's keys."""
    with partner_shell() as made:
        yield made


@pytest.fixture(autouse=True)
def _empty(shell: Shell) -> None:
    """Nothing in, nothing out, nothing done."""
    shell.empty()


def test_a_parcel_is_opened_acknowledged_and_confirmed(shell: Shell) -> None:
    sealed = shell.lay()
    said = shell.run("open", "ack", "confirm")
    assert said.splitlines()[-2:] == [
        "a test: block nothing",
        f"good: 7.opr-uji-a.1, 3 entries in work/{NAME}/entries.csv",
    ]
    read = [
        Documents().open_statement(
            document, OPERATOR, Role.STATEMENT, shell.trust, now(), GATEWAY.id
        )
        for document in shell.said()
    ]
    assert {one.key for one in read} == {shell.keys[Role.STATEMENT]}
    ack, confirm = (one.statement for one in read)
    assert isinstance(ack, Ack)
    assert ack.about == About(1, 1, digest(sealed), digest(HEAD.to_bytes()))
    assert (ack.result, ack.checkpoint) == ("positive", digest(CHECKPOINT.encode()))
    assert isinstance(confirm, Confirmation)
    assert (confirm.delivery, confirm.about.manifest) == ("7.opr-uji-a.1", ack.about.manifest)
    assert [(row.entry, row.disposition, row.scope) for row in confirm.rows] == [
        (entry, "diblokir_total", "total") for entry in (1, 2, 3)
    ]


def test_a_parcel_that_comes_again_is_good_and_another_of_its_sequence_is_not(shell: Shell) -> None:
    shell.lay()
    shell.run("open", "ack")
    shell.lay()
    shell.run("open")
    shell.lay(replace(HEAD, issued=NOW + 60_000_000))
    assert "another parcel had this sequence" in shell.run("open", ok=False)


def test_an_epoch_that_is_over_is_refused(shell: Shell) -> None:
    shell.lay(replace(HEAD, epoch=2))
    shell.run("open", "ack")
    shell.lay()
    assert "an epoch that is over" in shell.run("open", ok=False)


def test_another_signer_is_refused_though_gpg_knows_the_key(shell: Shell) -> None:
    shell.gpg.run("--import", data=STRANGER.pin.public.encode())
    shell.lay(by=STRANGER)
    assert "signed by another key" in shell.run("open", ok=False)


def test_other_entries_another_partner_and_a_damaged_file_are_refused(shell: Shell) -> None:
    shell.lay(csv=CSV.replace(b"628701111001", b"628701111009"))
    assert "other entries" in shell.run("open", ok=False)
    shell.lay(replace(HEAD, partner="opr-uji-b"))
    assert "for another partner" in shell.run("open", ok=False)
    sealed = shell.lay()
    (shell.folder / "in" / NAME).write_bytes(sealed[:-9] + bytes(9))
    assert "not for this key, or damaged" in shell.run("open", ok=False)
    assert shell.said() == []


def test_signed_entries_that_can_not_be_meant_are_refused(shell: Shell) -> None:
    letter = CSV.replace(b"628701111001", b"62870111100x")
    twice = CSV.replace(b"628701111001", b"628701111002")
    for head, csv in (
        (replace(HEAD, block=4), CSV),
        (manifest(letter), letter),
        (manifest(twice), twice),
    ):
        shell.lay(head, csv)
        assert "entries that can not be meant" in shell.run("open", ok=False)


def test_the_card_is_plain_json_in_a_signed_file(shell: Shell) -> None:
    document = decode(content.payload_of((shell.folder / "card.asc").read_bytes()), what="the card")
    assert document["name"] == "Operator Uji A"
    assert {key["role"] for key in document["keys"]} == {"statement", "seal"}


def test_the_script_of_the_demo_is_the_page() -> None:
    steps = "".join(f"{name})\n{text};;\n" for name, text in BLOCKS.items() if name != "session")
    body = f'for step in "$@"; do\ncase "$step" in\n{steps}*) stop "no step $step" ;;\nesac\ndone\n'
    assert SCRIPT.read_text().endswith(BLOCKS["session"] + body)


def test_the_script_does_the_same(shell: Shell) -> None:
    shell.lay()
    done = subprocess.run(
        ["sh", str(SCRIPT), "open", "ack", "confirm"],
        env=environment(shell.folder),
        cwd=shell.folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert len(shell.said()) == 2
