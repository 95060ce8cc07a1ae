"""docs/partner-gpg.md as printed: the gateway's answers and heads, verified with gpg alone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from gateway.domain.ids import Envelope
from gateway.domain.openpgp import armor
from gateway.domain.openpgp.packets import Tag, write
from gateway.domain.statements import to_bytes
from tests.keys import page_words as words
from tests.keys.gpg_page import ANSWERING, SCRIPT, Shell, environment, partner_shell
from tests.keys.openpgp_parts import MANIFEST, held
from tests.keys.page_words import Page, answer, bad_words
from tests.keys.parties import GATEWAY

pytestmark = pytest.mark.gpg
STRANGER = held(GATEWAY, MANIFEST.pin.role)


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    """A partner that took the gateway's keys, and whose ring has a third one."""
    with partner_shell() as made:
        made.gpg.run("--import", data=STRANGER.pin.public.encode())
        yield made


@pytest.fixture
def page(shell: Shell) -> Page:
    """Nothing done yet but one parcel, acknowledged and confirmed."""
    shell.empty()
    shell.lay()
    shell.run("open", "ack", "confirm")
    return Page(shell.folder, Envelope.OPENPGP, ANSWERING.signer, shell.run)


def test_each_statement_is_unanswered_until_its_answer_was_verified(
    shell: Shell, page: Page
) -> None:
    words.check_answers(page, shell.said())


def test_what_is_unanswered_is_said_again_in_the_same_bytes(shell: Shell, page: Page) -> None:
    said = shell.said()
    for path in (shell.folder / "out").iterdir():
        path.unlink()
    words.check_said_again(page, said, shell.said)


def test_a_head_says_how_far_the_sequence_goes(page: Page) -> None:
    words.check_heads(page)


def test_a_word_that_is_not_the_gateways_or_not_for_here_is_not_believed(
    shell: Shell, page: Page
) -> None:
    ack = shell.said()[0]
    waiting = page.unanswered()
    for bad in bad_words(page, ack, STRANGER.signer, MANIFEST.signer):
        told = page.hear(bad.data, ok=False)
        assert any(one in told for one in bad.told), (bad.name, told)
    assert page.unanswered() == waiting


def test_text_beside_the_signed_one_is_not_believed(shell: Shell, page: Page) -> None:
    """gpg itself verifies the one message; the block demands that it is the whole."""
    good = page.signed(answer(shell.said()[0]))
    raw = armor.read(good, armor.MESSAGE)
    loose = write(Tag.LITERAL, b"b\x00" + bytes(4) + to_bytes(answer(b"forged")))
    for data in (loose + raw, raw + loose, raw + raw, loose):
        assert page.hear(armor.write(data, armor.MESSAGE), ok=False)
    assert len(page.unanswered()) == 2


def test_with_the_verdict_of_gpg_taken_for_good_a_forgery_is_believed(
    shell: Shell, page: Page
) -> None:
    """The block asks gpg and nobody else whose word it is."""
    forged = page.signed(answer(shell.said()[0]), STRANGER.signer)
    assert "signed by another key" in page.hear(forged, ok=False)
    settings = shell.folder / "partner.env"
    kept = settings.read_text()
    settings.write_text(kept.replace(ANSWERING.pin.kid[4:].upper(), STRANGER.pin.kid[4:].upper()))
    try:
        assert page.hear(forged).startswith("accepted")
    finally:
        settings.write_text(kept)


def test_the_script_of_the_demo_does_the_same(shell: Shell, page: Page) -> None:
    (shell.folder / "in" / "word").write_bytes(page.signed(answer(shell.said()[0])))
    done = subprocess.run(
        ["sh", str(SCRIPT), "word"],
        env=environment(shell.folder),
        cwd=shell.folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"accepted")
