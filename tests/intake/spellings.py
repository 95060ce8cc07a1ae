"""Right ways of writing a known number. Imports nothing of the product.

Each takes a generator and a national number without its zero (870...), and gives a cell that must
be accepted as that number.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Render = Callable[[Random, str], str]

NAMES = ("Budi", "Siti", "Joko", "Dewi", "Agus", "Rina")
_OTHER_ZEROS = {"arabic": 0x660, "persian": 0x6F0, "wide": 0xFF10}


def fours(text: str, gap: str) -> str:
    """Groups of four, the rest in the last: 0870-3456-7890."""
    cut = [text[:4], text[4:8], text[8:]]
    return gap.join(part for part in cut if part)


def threes(national: str, gap: str) -> str:
    """870-3456-7890."""
    return gap.join(part for part in (national[:3], national[3:7], national[7:]) if part)


def in_script(text: str, zero: int) -> str:
    """The digits of a text in another script."""
    return "".join(chr(zero + int(char)) if char.isdigit() else char for char in text)


def form(pattern: str) -> Render:
    """A pattern: {n} is the national number, {f-} 0870-3456-7890, {t-} 870-3456-7890."""

    def render(_: Random, n: str) -> str:
        return (
            pattern.replace("{n}", n)
            .replace("{f-}", fours("0" + n, "-"))
            .replace("{f }", fours("0" + n, " "))
            .replace("{f.}", fours("0" + n, "."))
            .replace("{t-}", threes(n, "-"))
            .replace("{t }", threes(n, " "))
            .replace("{t.}", threes(n, "."))
        )

    return render


def between(gap: str) -> Render:
    return lambda _, n: fours("0" + n, gap)


def _script(name: str, pattern: str = "0{n}") -> Render:
    return lambda _, n: in_script(pattern.replace("{n}", n), _OTHER_ZEROS[name])


def _note(rng: Random, n: str) -> str:
    return f"{fours('0' + n, '-')} ({rng.choice((*NAMES, 'WA', 'penipu', 'WhatsApp'))})"


_RIGHT_FORMS = {
    "zero": "0{n}",
    "country": "62{n}",
    "plus": "+62{n}",
    "plus space": "+62 {n}",
    "plus zero": "+62 0{n}",
    "plus zero joined": "+620{n}",
    "plus (0)": "+62 (0){n}",
    "plus(0)": "+62(0){n}",
    "double zero": "0062{n}",
    "double zero spaced": "00 62 {t-}",
    "hyphens": "{f-}",
    "spaces": "{f }",
    "dots": "{f.}",
    "plus hyphens": "+62-{t-}",
    "plus spaces": "+62 {t }",
    "plus dots": "+62.{t.}",
    "plus then hyphens": "+62 {t-}",
    "country hyphens": "62-{t-}",
    "country spaces": "62 {t }",
    "plus in brackets": "(+62) {t }",
    "plus in brackets joined": "(+62){n}",
    "country in brackets": "(62) {t-}",
    "space after zero": "0 {t }",
    "plus zero hyphens": "+62 {f-}",
    "apostrophe": "'0{n}",
    "apostrophe plus": "'+62{n}",
    "curly apostrophe": "\u20190{n}",
    "quotes": '"0{n}"',
    "single quotes": "'0{n}'",
    "text formula": '="0{n}"',
    "spaces around": "   0{n}  ",
    "tab around": "\t0{n}\t",
    "newline after": "0{n}\n",
    "return newline": "\r\n0{n}\r\n",
    "nbsp around": "\u00a00{n}\u00a0",
    "bom": "\ufeff0{n}",
    "left-to-right embedding": "\u202a+62 {t-}\u202c",
    "isolate": "\u2066+62{n}\u2069",
    "left-to-right mark": "\u200e0{n}",
    "right-to-left mark": "\u200f0{n}",
    "right-to-left mark after": "0{n}\u200f",
    "arabic letter mark": "\u061c+62{n}",
    "wide plus": "\uff0b62{n}",
    "zero-width space": "0\u200b{n}",
    "word joiner": "+62\u2060{n}",
    "soft hyphen": "0\u00ad{n}",
    "zero-width joiner": "0\u200d{n}",
    "wa.me": "wa.me/62{n}",
    "wa.me https": "https://wa.me/62{n}",
    "wa.me plus": "https://wa.me/+62{n}",
    "wa.me www": "https://www.wa.me/62{n}",
    "wa.me slash": "wa.me/62{n}/",
    "wa.me text": "https://wa.me/62{n}?text=Halo%20kak",
    "wa.me capitals": "HTTPS://WA.ME/62{n}",
    "api": "https://api.whatsapp.com/send?phone=62{n}",
    "api slash": "https://api.whatsapp.com/send/?phone=62{n}&text&type=phone_number&app_absent=0",
    "api plus": "https://api.whatsapp.com/send?phone=%2B62{n}",
    "api text first": "https://api.whatsapp.com/send?text=halo&phone=62{n}",
    "web": "https://web.whatsapp.com/send?phone=62{n}",
    "scheme": "whatsapp://send?phone=62{n}",
    "chat": "62{n}@c.us",
    "chat of the library": "62{n}@s.whatsapp.net",
    "tel": "tel:+62{n}",
    "tel hyphens": "tel:+62-{t-}",
    "tel zero": "tel:0{n}",
    "sms": "sms:+62{n}",
    "callto": "callto:+62{n}",
    "float": "62{n}.0",
    "float plus": "+62{n}.0",
}
_RIGHT_GAPS = {
    "no-break hyphens": "\u2011",
    "unicode hyphens": "\u2010",
    "en dashes": "\u2013",
    "em dashes": "\u2014",
    "bars": "\u2015",
    "minus signs": "\u2212",
    "wide hyphens": "\uff0d",
    "no-break spaces": "\u00a0",
    "thin spaces": "\u2009",
    "narrow no-break spaces": "\u202f",
    "wide spaces": "\u3000",
    "spaced hyphens": " - ",
    "zero-width spaces": "\u200b",
    "soft hyphens": "\u00ad",
    "tabs": "\t",
    "figure spaces": "\u2007",
}
RIGHT: dict[str, Render] = {
    **{name: form(pattern) for name, pattern in _RIGHT_FORMS.items()},
    **{name: between(gap) for name, gap in _RIGHT_GAPS.items()},
    "area in brackets": lambda _, n: (
        f"(0{n[:3]}) {n[3:7]}-{n[7:]}" if n[7:] else f"(0{n[:3]}) {n[3:]}"
    ),
    "area in square brackets": lambda _, n: f"[0{n[:3]}] {n[3:]}",
    "area in wide brackets": lambda _, n: f"\uff080{n[:3]}\uff09{n[3:]}",
    "plus and area in brackets": lambda _, n: f"+62 ({n[:3]}) {n[3:]}",
    "wide digits": _script("wide"),
    "wide digits plus": _script("wide", "+62{n}"),
    "arabic digits": _script("arabic"),
    "arabic digits plus": _script("arabic", "+62{n}"),
    "persian digits": _script("persian"),
    "persian digits country": _script("persian", "62{n}"),
    "a word in brackets": _note,
}
LOST: dict[str, Render] = {
    "lost zero": form("{n}"),
    "lost zero hyphens": form("{t-}"),
    "lost zero float": form("{n}.0"),
    "lost zero spaces": form("{t }"),
}
"""The zero is gone: right, but for groups that may be an amount, a date or an account."""
