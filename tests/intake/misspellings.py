"""Wrong and doubtful ways of writing a known number. Imports nothing of the product.

WRONG cells must never be accepted; of OPEN ones only the number that was rendered may come out.
"""

from __future__ import annotations

from random import Random

from tests.intake.spellings import NAMES, Render, between, form, fours, in_script, threes

_LOOKALIKES = "OoIlSsBZzGgqT|\u041e\u0417\u0406\u0410\u039f\u0399\u5341\u3007\u2460\u00b2\u00bd"


def _letter(rng: Random, n: str) -> str:
    text = rng.choice(("0", "62", "+62", "")) + n
    at = rng.randrange(1 if text[0] == "+" else 0, len(text))
    return text[:at] + rng.choice(_LOOKALIKES) + text[at + 1 :]


def _letter_more(rng: Random, n: str) -> str:
    """A letter beside the digits, none of them replaced."""
    text = rng.choice(("0", "62", "+62")) + n
    at = rng.randrange(1, len(text) + 1)
    return text[:at] + rng.choice("OlISBxaeE") + text[at:]


def _mask(rng: Random, n: str) -> str:
    text = rng.choice(("0", "62", "+62")) + n
    at, many = rng.randrange(3, 8), rng.randrange(1, 5)
    mark = rng.choice("xX*\u2022\u25cf?_#\u2588")
    return text[:at] + mark * many + text[at + many :]


_BETWEEN = (
    *(";", "; ", ",", ", ", "/", " / ", "|", "\n", " ", "  ", " dan ", " & ", " atau ", " - "),
    *("\t", " or ", "+", " s/d ", "\r\n", "\u00a0", " , ", ""),
)


def _two(rng: Random, n: str) -> str:
    other = f"{rng.choice(('0', '62', '+62'))}87{rng.randrange(6)}{rng.randrange(10**8):08}"
    gap = rng.choice(_BETWEEN)
    return rng.choice(("0", "62", "+62")) + n + gap + other


def _extension(rng: Random, n: str) -> str:
    mark = rng.choice(
        (" ext ", " ext.", " ekst ", "x", " x ", " pes. ", " pesawat ", "#", ";ext=", ",,", "p")
    )
    return f"{rng.choice(('0', '+62'))}{n}{mark}{rng.randrange(1, 9999)}"


def _scientific(rng: Random, n: str) -> str:
    digits, mark = rng.choice(("62", "")) + n, rng.choice(".,")
    kept = rng.randrange(2, 7)
    return f"{digits[0]}{mark}{digits[1:kept]}{rng.choice('Ee')}+{len(digits) - 1:02}"


def _money(rng: Random, n: str) -> str:
    lead, text = rng.choice(("Rp", "Rp ", "IDR ", "Rp. ", "$")), n[:9]
    return rng.choice(
        (
            f"{lead}{text}",
            f"{lead}{text[:3]}.{text[3:6]}.{text[6:]}",
            f"{text[:3]}.{text[3:6]}.{text[6:]}",
            f"{text[:3]}.{text[3:6]}.{text[6:]},00",
            f"{text},-",
            f"{text[0]}.{text[1:4]}.{text[4:7]}.{text[7:]}0",
        )
    )


def _date(rng: Random, _: str) -> str:
    day, month, hour = rng.randrange(1, 29), rng.randrange(1, 13), rng.randrange(24)
    return rng.choice(
        (
            f"{day:02}/{month:02}/2026",
            f"{day:02}-{month:02}-2026",
            f"2026-{month:02}-{day:02}",
            f"08-{month:02}-2026 {hour:02}.30",
            f"08.{month:02}.2026 {hour:02}:15",
            f"8/{month}/2026",
            f"2026{month:02}{day:02}",
            f"08{month:02}2026",
            f"08-{month:02}-26 {hour:02}-30",
        )
    )


def _identity(rng: Random, _: str) -> str:
    nik = f"99{rng.randrange(10**14):014}"
    gap = rng.choice(("", ".", " ", "-"))
    return gap.join((nik[:2], nik[2:6], nik[6:12], nik[12:]))


def _account(rng: Random, _: str) -> str:
    return str(rng.choice((1, 2, 3, 4, 5, 7, 9))) + f"{rng.randrange(10**9):09}"


def _protected(rng: Random, _: str) -> str:
    code = rng.choice(
        (
            "110",
            "112",
            "113",
            "115",
            "117",
            "118",
            "119",
            "129",
            "157",
            "159",
            f"14{rng.randrange(1000):03}",
            f"1500{rng.randrange(1000):03}",
            f"800{rng.randrange(10**7):07}",
            f"807{rng.randrange(10**7):07}",
            f"809{rng.randrange(10**7):07}",
        )
    )
    return (
        rng.choice(
            ("", "0", "+62", "62", "+62 ", "0062", "(0)", "'", "tel:", "wa.me/62", "021-", "021 ")
        )
        + code
    )


_ODD_PREFIXES = (
    *("+", "+0", "+6262", "6262", "062", "+062", "00", "000", "+0062", "+62 00", "6200", "62 62 "),
    *("+62+", "+-", "008", "0162"),
)


def _prefix(rng: Random, n: str) -> str:
    return rng.choice(_ODD_PREFIXES) + n


def _length(rng: Random, n: str) -> str:
    national = rng.choice(
        (n[: rng.randrange(2, 9)], n + "0" * (13 - len(n)) + f"{rng.randrange(10**4)}")
    )
    return rng.choice(("0", "62", "+62", "+62 0", "0062")) + national


def _neighbour(rng: Random, n: str) -> str:
    more = rng.choice(
        ("/91", "-99", " (2)", " s/d 99", "/1/2", " - 7", ".5", ".00", ",0", "/", " +1", "(1)")
    )
    return f"0{n}{more}"


def _row_number(rng: Random, n: str) -> str:
    gap, lead = (
        rng.choice((". ", ") ", " - ", ".", ": ", "/ ", " ")),
        rng.choice(("0", "62", "+62", "")),
    )
    return f"{rng.randrange(1, 62)}{gap}{lead}{n}"


def _wrong_link(rng: Random, n: str) -> str:
    return rng.choice(
        (
            f"https://t.me/+62{n}",
            f"https://chat.whatsapp.com/Ab{n}Cd",
            f"https://wa.me/message/{n}",
            f"62{n}-1612345678@g.us",
            f"0{n}@contoh.id",
            f"@0{n}",
            f"https://contoh.id/?hp=0{n}",
            f"https://wa.me/62{n}?text=0{n[::-1]}",
            f"https://wa.me/62{n}/62{n[::-1]}",
            f"https://api.whatsapp.com/send?phone=62{n}&phone=62{n[::-1]}",
            f"wa.me/{n}",
            f"https://api.whatsapp.com/send?text=62{n}",
            f"{n}@c.us",
            f"wa.me/62{n[:3]}-{n[3:]}",
        )
    )


def _doubt(rng: Random, n: str) -> str:
    words = ("korban", "bukan", "salah", "pelapor", "istri Budi", "lama", "?", "cabut")
    return f"0{n} ({rng.choice(words)})"


def _reversed(rng: Random, n: str) -> str:
    text = "0" + n
    return rng.choice(
        (
            f"\u202e{text[::-1]}\u202c",
            f"{text[:4]}\u202e{text[:3:-1]}",
            f"\u200f{fours(text, ' ')}",
            fours(in_script(text, 0x660), "-"),
            f"\u202b{fours(text, '-')}\u202c",
            text[:5] + in_script(text[5:], 0x660),
        )
    )


def _no_number(rng: Random, _: str) -> str:
    return rng.choice(
        (
            "",
            "-",
            "tidak ada",
            "n/a",
            "INFO-UJI",
            "@akun_uji",
            "#N/A",
            "TRUE",
            "NaN",
            "sesuai surat",
            "########",
            "-6.2087,106.8456",
            "192.168.87.34",
            "nol delapan tujuh",
            "UJI123",
            "*888#",
            "98870",
        )
    )


_CHINESE = "\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d"
WRONG: dict[str, Render] = {
    "a letter for a digit": _letter,
    "a letter among digits": _letter_more,
    "masked": _mask,
    "two numbers": _two,
    "extension": _extension,
    "scientific": _scientific,
    "money": _money,
    "date": _date,
    "identity": _identity,
    "account": _account,
    "protected": _protected,
    "odd prefix": _prefix,
    "length": _length,
    "neighbour": _neighbour,
    "row number": _row_number,
    "wrong link": _wrong_link,
    "doubt in brackets": _doubt,
    "right to left": _reversed,
    "no number": _no_number,
    "circled digits": lambda _, n: "".join(
        "\u24ea" if c == "0" else chr(0x245F + int(c)) for c in "0" + n
    ),
    "chinese digits": lambda _, n: "".join(_CHINESE[int(c)] for c in "0" + n),
    "superscript tail": lambda _, n: f"0{n}\u00b9",
    "ticket": lambda _, n: f"UJI-2026-0{n}",
    "a fraction": lambda rng, n: f"62{n}.{rng.randrange(1, 10)}",
}


def _label(rng: Random, n: str) -> str:
    label = rng.choice(
        ("hub: ", "Hub. ", "HP ", "HP: ", "WA: ", "No HP : ", "telp ", "Tel: ", "cp ", "nomor: ")
    )
    return rng.choice(
        (f"{label}0{n}", f"{label}+62 {threes(n, '-')}", f"0{n} {rng.choice(NAMES)}", f"0{n} WA")
    )


OPEN: dict[str, Render] = {
    "labelled": _label,
    "devanagari": lambda _, n: in_script("0" + n, 0x966),
    "thai": lambda _, n: in_script("0" + n, 0xE50),
    "bengali": lambda _, n: in_script("0" + n, 0x9E6),
    "bold digits": lambda _, n: in_script("0" + n, 0x1D7CE),
    "underscores": between("_"),
    "slashes": between("/"),
    "commas": between(","),
    "middle dots": between("\u00b7"),
    "tildes": between("~"),
    "new lines": between("\n"),
    "decimal comma": form("62{n},0"),
    "two decimals": form("62{n}.00"),
    "formula": form("=0{n}"),
    "thousands": lambda _, n: f"{int('62' + n):,}",
    "thousands by dots": lambda _, n: f"{int('62' + n):,}".replace(",", "."),
    "pairs": lambda _, n: "-".join(("0" + n)[i : i + 2] for i in range(0, len(n) + 1, 2)),
    "keycaps": lambda _, n: "".join(f"{c}\ufe0f\u20e3" for c in "0" + n),
    "plus behind": form("62{n}+"),
    "dialled abroad": form("001 62 {n}"),
    "curly brackets": form("{0{n}}"),
    "two pluses": form("++62{n}"),
}
