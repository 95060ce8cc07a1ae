"""Armour and cleartext documents that show something else than was signed: refused."""

from __future__ import annotations

import pytest

from gateway.domain.openpgp import armor
from keys import openpgp_signatures as signatures
from tests.keys.openpgp_doors import (
    ARMOUR,
    CLEAR,
    TEXT,
    clear,
    detached,
    message,
)
from tests.keys.openpgp_parts import (
    STATEMENT,
    signature,
)
from tests.keys.parties import refused

BLOCK = CLEAR[CLEAR.index(b"-----BEGIN PGP SIGNATURE") :]

HEAD = b"-----BEGIN PGP SIGNED MESSAGE-----\n"

TEXTS = {
    "text before": b"x\n" + CLEAR,
    "an empty line before": b"\n" + CLEAR,
    "text after": CLEAR + b"x\n",
    "two": CLEAR + CLEAR,
    "one in another": HEAD + b"\n- " + CLEAR + BLOCK,
    "a block after": CLEAR + BLOCK,
    "another header": CLEAR.replace(b"Hash: SHA256", b"Comment: all blocked"),
    "a text as header": CLEAR.replace(b"Hash: SHA256", b"Hash: SHA256, all blocked"),
    "not escaped": CLEAR.replace(b"Hash: SHA256", b"NotDashEscaped: yes"),
    "another hash": CLEAR.replace(b"Hash: SHA256", b"Hash: MD5"),
    "no empty line": CLEAR.replace(b"SHA256\n\n", b"SHA256\n"),
    "a blank for the empty line": CLEAR.replace(b"SHA256\n\n", b"SHA256\n \n"),
    "a bare dash": HEAD + b"\n-x\n" + BLOCK,
    "NUL": HEAD + b"\na\0b\n" + BLOCK,
    "a return in a line": HEAD + b"\na\rb\n" + BLOCK,
    "no text": HEAD + b"\n" + BLOCK,
    "more in the first line": CLEAR.replace(b"-----\nHash", b"----- x\nHash"),
    "no signature": HEAD + b"\n" + TEXT,
    "two signatures": HEAD
    + b"\n"
    + TEXT
    + armor.write(signature(TEXT[:-1].replace(b"\n", b"\r\n"), type_=1) * 2, armor.SIGNATURE),
    "signed as binary": clear(type_=signatures.BINARY),
}


@pytest.mark.parametrize("name", TEXTS)
def test_only_a_whole_cleartext_document_is_taken(name: str) -> None:
    reason = "signature" if name == "no text" else "malformed"
    refused(reason, lambda: message(TEXTS[name]))


def test_a_changed_cleartext_does_not_hold() -> None:
    refused("signature", lambda: message(CLEAR.replace(b"1;a", b"2;a")))
    refused("signature", lambda: message(CLEAR.replace(b"1;a", b"\n1;a")))
    assert message(CLEAR.replace(b"1;a;b;\n", b"1;a;b; \t\n")) == (TEXT, STATEMENT.pin)
    assert message(CLEAR.replace(b"\n", b"\r\n")) == (TEXT, STATEMENT.pin)


BAD_ARMOUR = {
    "text before": b"-----x\n" + ARMOUR,
    "text after": ARMOUR + b"x\n",
    "two blocks": ARMOUR + ARMOUR,
    "another label": ARMOUR.replace(b"SIGNATURE", b"MESSAGE"),
    "labels that differ": ARMOUR.replace(b"END PGP SIGNATURE", b"END PGP MESSAGE"),
    "another first label": ARMOUR.replace(b"BEGIN PGP SIGNATURE", b"BEGIN PGP MESSAGE"),
    "padding inside": ARMOUR.replace(b"\n\n", b"\n\nAA==\n", 1),
    "no end": ARMOUR[: ARMOUR.index(b"-----END")],
    "no empty line": ARMOUR.replace(b"\n\n", b"\n"),
    "an unknown header": ARMOUR.replace(b"\n\n", b"\nSubject: x\n\n"),
    "a foreign character": ARMOUR.replace(b"\n\n", b"\n\n*", 1),
    "a long line": ARMOUR.replace(b"\n\n", b"\n\n" + b"A" * 80 + b"\n"),
    "an empty line inside": ARMOUR.replace(b"\n=", b"\n\n="),
    "nothing": b"-----BEGIN PGP SIGNATURE-----\n\n\n-----END PGP SIGNATURE-----\n",
    "nothing at all": b"-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n",
    "armour in armour": armor.write(ARMOUR, armor.SIGNATURE),
}


@pytest.mark.parametrize("name", BAD_ARMOUR)
def test_only_one_block_is_taken_from_armour(name: str) -> None:
    refused("malformed", lambda: detached(BAD_ARMOUR[name]))


def test_headers_and_blanks_of_mail_programs_do_no_harm() -> None:
    for text in (
        ARMOUR.replace(b"\n\n", b"\nVersion: GnuPG v2\nComment: a\n\n"),
        ARMOUR.replace(b"\n", b"\r\n"),
        ARMOUR.replace(b"\n", b" \n"),
        ARMOUR + b"\n\n",
        b"\n".join(line for line in ARMOUR.split(b"\n") if line[:1] != b"="),
    ):
        assert detached(text) == STATEMENT.pin
