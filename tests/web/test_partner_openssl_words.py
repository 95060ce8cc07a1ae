"""docs/partner-openssl.md as printed: answers and heads, verified with openssl alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.canonical import digest
from gateway.domain.cms import text as cms_text
from gateway.domain.ids import Envelope
from gateway.domain.statements import Answer, Statement
from gateway.domain.trust import Algorithm, Role
from gateway.ports import Message
from keys.exports import export
from tests.keys import page_words as words
from tests.keys.page_words import Page, answer, bad_words, head
from tests.keys.parties import GATEWAY, held
from tests.keys.test_answer_forms import said as in_form
from tests.web.house import A
from tests.web.openssl_page import (
    ANSWERING,
    MANIFEST,
    NAME,
    SCRIPT,
    Shell,
    fingerprint,
    known_partner,
    partner_shell,
)
from tests.web.test_partner_openssl_docs import NOBODY

pytestmark = pytest.mark.openssl
STRANGER = held(
    GATEWAY, Role.STATEMENT, Algorithm.ES256, ANSWERING.pin.not_before, ANSWERING.pin.not_after
)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A partner that took the gateway's keys, and acknowledged and confirmed one parcel, once for
    all tests: into a folder."""
    made = known_partner(tmp_path_factory.mktemp("partner"))
    (made.folder / "in" / NAME).write_bytes(made.sealed())
    settings = made.folder / "partner.env"
    kept = settings.read_text()
    settings.write_text(kept.replace("pull:", "dir:"))
    made.run("open", "ack", "confirm")
    settings.write_text(kept)
    return made


@pytest.fixture
def shell(known: Shell, tmp_path: Path) -> Iterator[Shell]:
    """That partner at a listener."""
    with partner_shell(known, tmp_path) as made:
        yield made


@pytest.fixture
def page(shell: Shell) -> Page:
    """What it does with a word that lies there."""
    return Page(shell.folder, Envelope.CMS, ANSWERING.signer, shell.run)


def said(shell: Shell) -> list[bytes]:
    """Its acknowledgement and its confirmation, and what it says after them."""
    found = sorted((shell.folder / "out").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return [path.read_bytes() for path in found]


def lay_words(shell: Shell, *laid: tuple[bytes, Statement]) -> None:
    """What the gateway says lies at its listener."""
    for data, word in laid:
        subject = word.statement if isinstance(word, Answer) else ""
        message = Message(f"word-{digest(data)}", data, digest(data), subject)
        shell.house.exchange.say(A, message, shell.house.clock.now())


def fetched(shell: Shell) -> list[bytes]:
    """What the block `answers` lays into `in/`, and takes away again."""
    shell.run("answers")
    found = sorted((shell.folder / "in").glob("word-*.p7m"))
    data = [path.read_bytes() for path in found]
    assert [path.stem for path in found] == [f"word-{words.name_of(one)}" for one in data]
    for path in found:
        path.unlink()
    return data


def test_each_statement_is_unanswered_until_its_answer_was_verified(
    shell: Shell, page: Page
) -> None:
    words.check_answers(page, said(shell))


def test_what_is_unanswered_is_said_again_in_the_same_bytes(shell: Shell, page: Page) -> None:
    words.check_said_again(page, said(shell), shell.house.kept)


def test_what_is_unanswered_is_said_again_into_a_folder(shell: Shell, page: Page) -> None:
    settings, both = shell.folder / "partner.env", said(shell)
    settings.write_text(settings.read_text().replace("pull:", "dir:"))
    for path in (shell.folder / "out").iterdir():
        path.unlink()
    words.check_said_again(page, both, lambda: said(shell))


def test_a_head_says_how_far_the_sequence_goes(page: Page) -> None:
    words.check_heads(page)


def test_a_word_that_is_not_the_gateways_or_not_for_here_is_not_believed(
    shell: Shell, page: Page
) -> None:
    ack = said(shell)[0]
    waiting = page.unanswered()
    for bad in bad_words(page, ack, STRANGER.signer, MANIFEST.signer):
        told = page.hear(bad.data, ok=False)
        assert any(one in told for one in bad.told), (bad.name, told)
    assert "does not hold" in page.hear(cms_text.write(NOBODY), ok=False)
    assert page.unanswered() == waiting


def test_another_certificate_than_the_one_compared_is_refused(shell: Shell, page: Page) -> None:
    """It is the fingerprint that was heard that counts: with the stranger's, the stranger's holds.
    So nothing but openssl's verdict and that fingerprint stands between."""
    forged = page.signed(answer(said(shell)[0]), STRANGER.signer)
    (shell.folder / "gateway-answers.crt").write_bytes(export(STRANGER.pin, "certificate"))
    assert "another key than you compared" in page.hear(forged, ok=False)
    settings = shell.folder / "partner.env"
    text = settings.read_text()
    settings.write_text(text.replace(fingerprint(ANSWERING), fingerprint(STRANGER)))
    assert page.hear(forged).startswith("accepted")


def test_the_answers_that_lie_at_the_listener_are_fetched_once(shell: Shell, page: Page) -> None:
    ack, confirm = said(shell)
    laid = [(page.signed(word), word) for word in (answer(ack), answer(confirm), head(1))]
    lay_words(shell, *laid)
    lay_words(shell, (in_form(Envelope.JOSE), answer(b"said as a JWS")))
    found = fetched(shell)
    assert sorted(found) == sorted(data for data, _word in laid)
    assert fetched(shell) == []
    assert {page.hear(data).split()[0] for data in found} == {"accepted", "head"}
    assert page.unanswered() == set()


def test_openpgp_words_are_fetched_by_the_same_block(shell: Shell) -> None:
    """docs/partner-gpg.md sends a partner with curl here."""
    word = in_form(Envelope.OPENPGP)
    lay_words(shell, (word, answer(b"x")))
    assert fetched(shell) == [word]


def test_where_nothing_was_said_there_is_nothing_to_read(shell: Shell) -> None:
    assert fetched(shell) == []


def test_the_script_of_the_demo_does_the_same(shell: Shell, page: Page) -> None:
    (shell.folder / "in" / "word").write_bytes(page.signed(answer(said(shell)[0])))
    assert shell.ended(["sh", str(SCRIPT), "word"]).startswith("accepted")
    assert (shell.folder / "in" / NAME).exists()
