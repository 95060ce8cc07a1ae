"""What errors mean, in the page's language; one list for every area (`meanings/`).

Services speak English and of commands; a page says the same in its language, with a next step that
it has itself, and shows the service's own words beside it. What no meaning fits is said by the
class of its error. Whatever is said, a run of digits as long as a phone number is masked: an
error may name what somebody typed into the address, or a file.
"""

import re

from gateway.domain.errors import (
    Conflict,
    InputError,
    LedgerUnavailable,
    NotFound,
    NotPermitted,
    NotVerified,
    OutcomeUnknown,
    PalangError,
)
from gateway.domain.masked_cells import mask_text
from gateway.domain.rules import RULES
from gateway.web.console.failures import Spoken, next_step
from gateway.web.console.intake.words import rule_text
from gateway.web.console.meanings.accounts import ACCOUNTS
from gateway.web.console.meanings.batches import BATCHES
from gateway.web.console.meanings.columns import COLUMNS
from gateway.web.console.meanings.deliveries import DELIVERIES
from gateway.web.console.meanings.evidence import EVIDENCE
from gateway.web.console.meanings.files import FILES
from gateway.web.console.meanings.holds import HOLDS
from gateway.web.console.meanings.house import HOUSE
from gateway.web.console.meanings.intake import INTAKE
from gateway.web.console.meanings.machine import MACHINE
from gateway.web.console.meanings.meaning import Meaning
from gateway.web.console.meanings.partners import PARTNERS
from gateway.web.console.meanings.tables import TABLES
from gateway.web.console.words import language, later, say

_ALL: tuple[Meaning, ...] = HOUSE + MACHINE + INTAKE + COLUMNS + FILES + HOLDS + BATCHES
_ALL += PARTNERS + DELIVERIES + EVIDENCE + ACCOUNTS + TABLES
MEANINGS = tuple(sorted(_ALL, key=lambda one: one.rest))
"""All of them; the first that fits says it."""

_KINDS: tuple[tuple[type[PalangError], str], ...] = (
    (
        NotVerified,
        later(
            "A signature, digest or proof does not hold, or the signed file is not in its form. "
            "Nothing of it counts. Ask whoever made it for a new one, and tell them the words of "
            "the service."
        ),
    ),
    (
        InputError,
        later(
            "What was given can't be taken so. Look at what you filled in; the words of the "
            "service say what was expected."
        ),
    ),
    (
        Conflict,
        later("The present state does not allow it. Open the page again: it shows what can be."),
    ),
    (
        NotPermitted,
        later(
            "A rule of this gateway forbids it. The words of the service say which; ask an "
            "administrator where they do not help."
        ),
    ),
    (NotFound, later("It is not here, or not any more. Choose it anew from its list.")),
    (
        LedgerUnavailable,
        later(
            "The ledger or the database can't be written. Try again; tell the system administrator "
            "if it stays so."
        ),
    ),
)
_LONG = re.compile(r"(?<![A-Za-z0-9])\d{8,}(?![A-Za-z0-9])")  # not the digits within a digest
_OTHER = later("It did not work. Tell the system administrator the words of the service.")
_KEPT = later(
    "It could not be done. The words of the service say why; tell them to whoever sent the file, "
    "or to the system administrator."
)


def shown(problem: PalangError) -> tuple[str, str]:
    """What a page says of an error, and the service's own words where those are other ones."""
    if isinstance(problem, Spoken):
        return str(problem), ""
    own = _veiled(str(problem))
    words = _meant(own)
    if language() == "en":
        only_commands = problem.hint and not next_step(problem)
        return (words, own) if words and only_commands else (own, "")
    return words or say(_of_kind(problem)), own


def shown_words(text: str) -> tuple[str, str]:
    """The same of an error that was kept as its words."""
    own = _veiled(text)
    if language() == "en":
        return own, ""
    return _meant(own) or say(_KEPT), own


def heading(problem: PalangError) -> str:
    """What is sure about it: that nothing was changed, but where nobody can know."""
    if isinstance(problem, OutcomeUnknown):
        return say("It may have happened or not.")
    return say("Nothing was changed.")


def _veiled(text: str) -> str:
    return _LONG.sub(lambda run: mask_text(run[0]), text)


def _meant(text: str) -> str:
    """A service's words as the page says them, "" where no meaning fits."""
    for meaning in MEANINGS:
        values = meaning.find(text)
        if values is None:
            continue
        if values.get("rule", "") in RULES:
            values["rule"] = rule_text(values["rule"])
        return say(meaning.words, **values) if values else say(meaning.words)
    return ""


def _of_kind(problem: PalangError) -> str:
    return next((words for kind, words in _KINDS if isinstance(problem, kind)), _OTHER)
