"""Every error that a page can meet is said in the page's language, by one meaning and no other."""

from __future__ import annotations

import re

import pytest
from flask import Flask, g, render_template_string

from gateway.domain.errors import (
    Conflict,
    InputError,
    NotFound,
    NotPermitted,
    NotVerified,
    OutcomeUnknown,
    PalangError,
)
from gateway.web.console.explaining import MEANINGS, heading, shown, shown_words
from gateway.web.console.failures import Spoken
from gateway.web.console.meanings.meaning import Meaning, means
from gateway.web.console.words import catalogue
from tests.web.console.raised import Raised, raised
from tests.web.console.unmet import BY_KIND, FIELDS, ONLY_A_RUN, UNMET

PLACE = re.compile(r"%\((\w+)\)s")
_COMMAND = re.compile(r"palang [a-z]|(?<!-)--[a-z]")


def _fitting(text: str) -> set[Meaning]:
    """The meanings of a message; those that are asked last count where no other one fits."""
    fitting = [one for one in MEANINGS if one.find(text) is not None]
    return {one for one in fitting if not one.rest} or set(fitting)


def _texts(one: Raised) -> tuple[str, ...]:
    """What a page may meet of it."""
    if (one.module, one.text) in ONLY_A_RUN:
        return ONLY_A_RUN[one.module, one.text]
    return (one.text,)


def _needs_none(one: Raised) -> bool:
    """Whether no page can meet it, or its kind says enough."""
    if one.kind == "NotVerified" and one.module.startswith(BY_KIND):
        return True
    return any(one.module.startswith(at) and text in ("", one.text) for at, text, _why in UNMET)


def test_every_error_that_a_page_can_meet_has_exactly_one_meaning() -> None:
    wrong = []
    for one in raised():
        for text in _texts(one):
            words = {meaning.words for meaning in _fitting(text)}
            if len(words) > 1 or not (words or _needs_none(one)):
                wrong.append(f"{one.module}:{one.line} {one.kind} {text!r}: {sorted(words)}")
    assert not wrong, (
        "give each one meaning in gateway/web/console/meanings, or its reason in unmet.py:\n"
        + "\n".join(wrong)
    )


def test_no_meaning_is_left_of_a_message_that_is_gone() -> None:
    texts = {text for one in raised() for text in _texts(one)}
    left = [
        form.pattern
        for meaning in MEANINGS
        for form in meaning.forms
        if not any(form.fullmatch(text) for text in texts)
    ]
    assert not left


def test_no_reason_is_left_of_an_error_that_is_gone_or_that_has_a_meaning() -> None:
    for place, text, _why in UNMET:
        of_it = [one for one in raised() if one.module.startswith(place)]
        of_it = [one for one in of_it if not text or one.text == text]
        assert any(not _fitting(one.text) for one in of_it), (place, text)
    told = {(one.module, one.text) for one in raised()}
    assert not set(ONLY_A_RUN) - told


def test_enough_is_read_to_be_sure() -> None:
    modules = {one.module for one in raised()}
    assert len(raised()) > 700
    for needed in (
        "gateway/services/release.py",
        "gateway/services/partners.py",
        "gateway/services/retention.py",
        "gateway/store/lists.py",
        "gateway/domain/delivery.py",
        "gateway/reading/book.py",
        "config/seed.py",
        "keys/period_keys.py",
    ):
        assert needed in modules, needed


@pytest.mark.parametrize("meaning", MEANINGS, ids=lambda one: one.words[:40])
def test_a_meaning_says_only_values_of_its_forms_and_no_command(meaning: Meaning) -> None:
    wanted = set(PLACE.findall(meaning.words))
    for form in meaning.forms:
        assert wanted == set(form.groupindex), form.pattern
    assert wanted <= FIELDS
    for words in (meaning.words, catalogue("id")[meaning.words]):
        assert not _COMMAND.search(words), words
        assert words.endswith((".", "?")), words


def _said(problem: PalangError, language: str) -> tuple[str, str]:
    with Flask(__name__).test_request_context():
        g.language = language
        return shown(problem)


def test_an_indonesian_page_says_it_in_its_words_beside_the_service_s_own() -> None:
    problem = Conflict(
        "batch 7 is SUBMITTED, expected PREPARED", hint="palang batch release 7, by another"
    )
    words, own = _said(problem, "id")
    assert words == (
        "Paket data 7 sekarang dalam keadaan lain. Buka lagi halamannya: di sana terlihat langkah "
        "berikutnya."
    )
    assert own == str(problem)


def test_an_english_page_says_the_service_s_words_where_their_next_step_is_no_command() -> None:
    assert _said(NotPermitted("Your role may not do this.", hint="Ask a colleague."), "en") == (
        "Your role may not do this.",
        "",
    )
    words, own = _said(NotFound("no batch 7", hint="palang batch list shows all"), "en")
    assert (words, own) == (
        "There is no batch 7. Choose one from the list of batches.",
        "no batch 7",
    )


@pytest.mark.parametrize("kind", [Conflict, InputError, NotFound, NotPermitted, NotVerified])
def test_what_no_meaning_fits_is_said_by_its_kind(kind: type[PalangError]) -> None:
    words, own = _said(kind("nobody has thought of this one"), "id")
    assert words in catalogue("id").values()
    assert own == "nobody has thought of this one"


def test_words_that_were_kept_are_said_like_those_that_come() -> None:
    with Flask(__name__).test_request_context():
        g.language = "id"
        said, own = shown_words("list 3 is intake 12 already")
        assert "12" in said
        assert said in (catalogue("id")["It is intake %(intake)s already."] % {"intake": 12},)
        assert own == "list 3 is intake 12 already"
        assert shown_words("nobody has thought of this one")[0] in catalogue("id").values()
        g.language = "en"
        assert shown_words("list 3 is intake 12 already") == ("list 3 is intake 12 already", "")


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_phone_number_that_somebody_typed_into_an_address_is_masked(language: str) -> None:
    number = "0870" + "12345678"
    for text in (f"no batch {number}", f"no delivery 7.{number}.1", f"no row of {number}.csv"):
        said = " ".join(_said(NotFound(text), language))
        assert "0870••••••78" in said
        assert number not in said
    digest = "sha256:12345678901234567890abcdef"
    assert digest in " ".join(_said(Conflict(f"another digest: {digest}"), language))


def test_what_speaks_the_page_s_language_already_has_no_other_words() -> None:
    assert _said(Spoken("Sesi sudah berakhir."), "id") == ("Sesi sudah berakhir.", "")


def test_nothing_is_called_unchanged_where_nobody_can_know() -> None:
    with Flask(__name__).test_request_context():
        g.language = "en"
        assert heading(OutcomeUnknown("the database went away")) != heading(Conflict("no"))
        assert heading(Conflict("no")) == "Nothing was changed."


def test_what_a_service_says_is_text_on_a_page_and_never_markup() -> None:
    app = Flask(__name__)
    app.add_template_filter(shown)
    with app.test_request_context():
        g.language = "id"
        page = render_template_string("{{ (error|shown)[0] }}", error=NotFound("no batch <b>7"))
    assert "<b>" not in page
    assert "&lt;b&gt;7" in page


def test_a_form_fits_the_whole_message_and_nothing_around_it() -> None:
    meaning = means("Row %(row)s.", "row {row} of {} (x)")
    assert meaning.find("row 3 of list.csv (x)") == {"row": "3"}
    assert meaning.find("row 3 of  (x)") == {"row": "3"}
    assert meaning.find("a row 3 of list.csv (x)") is None
    assert meaning.find("row 3 of list.csv (x), again") is None
    assert meaning.find("row 3 of list.csv [x]") is None
