"""What the services' errors mean, in the words of these pages.

Services speak English and of commands; a page says the same in its language, with a next step that
it has itself, and shows the service's own words beside it. What is not listed is shown as it is.
"""

import re

from gateway.domain.errors import InputError, PalangError
from gateway.domain.rules import RULES
from gateway.web.console.intake.words import lang, rule_text
from gateway.web.console.words import later, say

_MEANT: tuple[tuple[str, str], ...] = (
    (
        r"this file is intake (?P<intake>\d+) already",
        later("This very file is intake %(intake)s already: each file is taken in once."),
    ),
    (
        r"protected by a password",
        later("The workbook has a password. Remove it, save the file and hand it in again."),
    ),
    (
        r"bytes, .* has \d+|MiB is expected|takes more$|beyond|longer one",
        later("The file is too large. Keep only the list, or split it and hand in each part."),
    ),
    (
        r"rows with phone numbers, .* has none",
        later("No row with a phone number stands in its first rows. Is it the right file?"),
    ),
    (
        r"expected a column of phone numbers",
        later(
            "No column of phone numbers was found. Choose it, or look whether the file is right."
        ),
    ),
    (
        r"could be any of",
        later("Several columns could hold the reported numbers. Choose the right one."),
    ),
    (
        r"may be the complainants' own telephones",
        later(
            "The column may hold the complainants' own numbers. Choose the column of the reported "
            "numbers."
        ),
    ),
    (
        r"headers of the saved profile",
        later(
            "The headers are not those that were saved for this source. Choose the column, and "
            "keep it for the next files."
        ),
    ),
    (
        r"^expected (?!.*column).*(CSV|XLSX|ODS|NDJSON|workbook)",
        later(
            "This is no list that is read here, or its name ends in something that it is not. Open "
            "it in a spreadsheet program and save it as XLSX, ODS or CSV."
        ),
    ),
    (r"^no file came", later("Choose a file, or paste the rows.")),
    (r"^a file and pasted text", later("Hand in a file or pasted text, not both.")),
    (
        r"^an id has 2 to 31",
        later(
            "The short name of a source has 2 to 31 characters of a-z, 0-9 and -, and begins with "
            "a letter."
        ),
    ),
    (
        r"the intake that this file corrects",
        later("Give the number of the intake that this file corrects; it stands in the list."),
    ),
    (r"^evidence date", later("The evidence date is a day that has been, as YYYY-MM-DD.")),
    (r"^expected a day", later("A day is wanted as YYYY-MM-DD: choose it in the calendar.")),
    (
        r"are no longer those that were shown",
        later("The saved columns of the source changed meanwhile. Look at the preview again."),
    ),
    (r"not counted yet", later("The rows are not counted yet. Wait for the count, then confirm.")),
    (r"stopped before its end", later("Stopped as you asked: nothing was stored.")),
    (
        r"its held rows changed after",
        later("The rows changed after they were shown. Look at them again and decide anew."),
    ),
    (
        r"the sender corrected",
        later("The sender corrected this row meanwhile: the newer row counts."),
    ),
    (r"is in a batch", later("A batch has this row: what was decided of it stands.")),
    (
        r"has signed",
        later("You signed this decision already: another officer looks at it."),
    ),
    (
        r"by the rule (?P<rule>\w+)",
        later("What was typed can't be taken: %(text)s. Type the number in full."),
    ),
    (
        r"exactly one proposed number: (?P<rows>.*)",
        later("These rows do not propose exactly one number: %(rows)s. Decide them one by one."),
    ),
    (
        r"is no reason to",
        later("Choose a reason that fits: one to accept, or one to reject."),
    ),
    (r"expected a reject, or an accept", later("Choose what the row is.")),
    (
        r"expected a reference",
        later(
            "The reference has 3 to 64 letters, digits and . _ / : - and begins with a letter; "
            "nothing in it looks like a phone number."
        ),
    ),
    (
        r"a released batch asked the same",
        later("A released batch asked the same for this number: reject it as asked before."),
    ),
    (
        r"holds no officer's key",
        later("This account holds no officer's key, and a decision is an officer's signature."),
    ),
    (
        r"no signing key is kept",
        later(
            "No signing key is kept for your account. Put your encrypted key file on the page of "
            "your account."
        ),
    ),
    (
        r"passphrase",
        later("The passphrase does not open your key: nothing was signed. Type it again."),
    ),
    (r"is wanted already", later("This list is wanted already: the worker takes it.")),
    (r"list \d+ is intake (?P<intake>\d+) already", later("It is intake %(intake)s already.")),
    (
        r"what these rows ask, or who may see them",
        later("These rows do not say what they ask. Reject them; the sender corrects them."),
    ),
)


def meant(problem: PalangError) -> str:
    """The error in the page's words, "" where it is shown as it is."""
    text = str(problem)
    for pattern, words in _MEANT:
        found = re.search(pattern, text)
        if found is None:
            continue
        values = found.groupdict()
        if values.get("rule") in RULES:
            values["text"] = rule_text(values["rule"])
        elif "rule" in values:
            continue
        return say(words, **values) if values else say(words)
    return ""


def shown(problem: PalangError) -> tuple[str, str]:
    """What a page says of an error, and the service's own words where those are English beside
    another language."""
    words = meant(problem)
    if lang() == "en" or not words:
        return str(problem), ""
    return words, str(problem)


def shown_words(text: str) -> tuple[str, str]:
    """The same of an error that was kept as its words."""
    return shown(InputError(text))
