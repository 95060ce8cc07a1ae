"""One meaning: what a page says, and the forms in which services say it."""

import re
from dataclasses import dataclass

_PLACE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a page says (English, `say` translates it), with a next step that the page itself has.

    A form is a service's whole message; `{}` stands for a value or for nothing, `{name}` for one
    that the words say again as `%(name)s`. A `rest` is asked only where no other meaning fits: its
    forms are nothing but values.
    """

    words: str
    forms: tuple[re.Pattern[str], ...]
    rest: bool = False

    def find(self, text: str) -> dict[str, str] | None:
        """The values of its first form that fits the whole text, None where none does."""
        for form in self.forms:
            found = form.fullmatch(text)
            if found is not None:
                return found.groupdict()
        return None


def means(words: str, *forms: str) -> Meaning:
    """A meaning of these forms."""
    return Meaning(words, tuple(_pattern(form) for form in forms))


def rest(words: str, *forms: str) -> Meaning:
    """A meaning that is asked last."""
    return Meaning(words, tuple(_pattern(form) for form in forms), rest=True)


def _pattern(form: str) -> re.Pattern[str]:
    text, at = "", 0
    for place in _PLACE.finditer(form):
        name = place.group(1)
        text += re.escape(form[at : place.start()]) + (f"(?P<{name}>.+?)" if name else ".*?")
        at = place.end()
    return re.compile(text + re.escape(form[at:]), re.DOTALL)
