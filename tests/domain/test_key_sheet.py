"""The key sheet reads back as what was printed, and names the line where a typist erred."""

import html
import re

import pytest

from gateway.domain.errors import NotVerified
from gateway.domain.fingerprints import phone_text, same
from gateway.domain.key_sheet import BEGIN, END, KeySheet, read_sheet
from gateway.domain.times import DAY, from_wire
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust, write_trust

NOW = from_wire("2026-11-24T07:00:00Z")
GATEWAY = Owner(OwnerKind.GATEWAY, "komdigi-uji")
PARTNER = Owner(OwnerKind.PARTNER, "opr-uji-a")
JWK = '{"crv":"Ed25519","kty":"OKP","x":"%s"}'
_BLOCK = "PGP PUBLIC KEY BLOCK"
ARMOUR = f"-----BEGIN {_BLOCK}-----\n\nmDMEZ+\nAb=/\n=abcd\n-----END {_BLOCK}-----\n"


def key(kid: str, owner: Owner, role: Role, revoked: int | None = None) -> PinnedKey:
    public = JWK % (kid[:10] * 5)[:43]
    window = (NOW, NOW + 700 * DAY)
    return PinnedKey(kid, owner, role, Algorithm.ED25519, public, *window, revoked)


def sheet(name: str = "Operator Uji A") -> KeySheet:
    pgp = PinnedKey(
        "pgp-" + "ab" * 20, PARTNER, Role.SEAL, Algorithm.OPENPGP, ARMOUR, NOW, NOW + DAY
    )
    keys = (
        key("A" * 43, GATEWAY, Role.MANIFEST),
        key("B" * 43, GATEWAY, Role.CHECKPOINT, NOW + DAY),
        key("C" * 43, PARTNER, Role.STATEMENT),
        pgp,
    )
    return KeySheet(
        "opr-uji-a", name, "sha256:" + "0" * 64, "2026-11-24T07:00:00Z", Trust("komdigi-uji", keys)
    )


def test_a_sheet_reads_back_as_the_same_keys() -> None:
    made = sheet()
    read = read_sheet(made.text.encode())
    assert read.trust.keys == made.trust.keys
    assert write_trust(read.trust) == write_trust(made.trust)
    assert read.fingerprint == made.fingerprint


def test_what_stands_around_and_html_do_not_matter() -> None:
    made = sheet("Uji & <b>Rekan</b>")
    around = f"<pre>\n{html.escape(made.text)}</pre>\nname ___ signature ___\n"
    windows = around.replace("\n", "\r\n").encode("utf-8-sig")
    assert read_sheet(windows).trust.keys == made.trust.keys


def test_a_typing_error_is_found_in_its_line() -> None:
    text = sheet().text
    lines = text.splitlines()
    pieces = [i for i, line in enumerate(lines) if re.match(r"  \d{3} ", line)]
    for at in pieces:
        line = lines[at]
        wrong = line[:10] + ("x" if line[10] != "x" else "y") + line[11:]
        with pytest.raises(NotVerified, match=f"its line {line[2:5]}"):
            read_sheet("\n".join([*lines[:at], wrong, *lines[at + 1 :]]).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("role: manifest", "role: seal"),
        ("role: manifest", "role: king"),
        ("algorithm: Ed25519", "algorithm: none"),
        ("partner: opr-uji-a", "partner: ../x"),
        (BEGIN, BEGIN + "\n" + BEGIN),
        (END, ""),
        ("from: 2026", "from: year"),
        ("owner: gateway/komdigi-uji", "owner: king/komdigi-uji"),
        (f"fingerprint: {phone_text('A' * 43)}", f"fingerprint: {phone_text('B' * 43)}"),
        (f"key id: {'B' * 43}", f"key id: {'A' * 43}"),
        ("made: 2026-11-24T07:00:00Z\n", ""),
    ],
)
def test_a_sheet_that_says_something_else_is_refused(old: str, new: str) -> None:
    text = sheet().text
    assert old in text
    with pytest.raises(NotVerified):
        read_sheet(text.replace(old, new, 1).encode())


def test_a_name_can_not_break_out_of_its_line() -> None:
    made = sheet("Uji\nowner: gateway/komdigi-uji\x1b[2J")
    assert len(read_sheet(made.text.encode()).trust.keys) == 4


def test_a_fingerprint_heard_by_phone_may_be_grouped_in_any_way() -> None:
    assert same("12ab 34cd", "12AB-34CD")
    assert not same("12ab 34cd", "12ab 34ce")
