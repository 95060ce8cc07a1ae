"""The readers of OpenPGP as gateway and partner use them, with one good thing for each."""

from __future__ import annotations

import secrets
import zlib

from gateway.domain.openpgp import armor
from gateway.domain.openpgp.packets import Tag, write
from gateway.domain.trust import Role
from keys import openpgp
from keys import openpgp_signatures as signatures
from tests.keys.openpgp_parts import (
    SEAL,
    STATEMENT,
    TRUST,
    HeldPgp,
    literal,
    sealed,
    signature,
)
from tests.keys.parties import NOW, OPERATOR

PARCEL = b"PK\x03\x04 a parcel" * 20

TEXT = b"#palang 7.opr-uji-a.1 x\n1;a;b;\n"

ARGS = (OPERATOR, Role.STATEMENT, TRUST, NOW)

SESSION = secrets.token_bytes(32)


def open_(data: bytes) -> bytes:
    """As the recipient does."""
    return openpgp.open_sealed(data, SEAL.openers)


def detached(raw: bytes, payload: bytes = TEXT) -> object:
    """As the gateway does."""
    return openpgp.verify_detached(raw, payload, *ARGS)


def message(data: bytes) -> object:
    """Likewise."""
    return openpgp.verify_message(data, *ARGS)


def compressed(data: bytes) -> bytes:
    """A compressed packet."""
    return write(Tag.COMPRESSED, b"\x02" + zlib.compress(data))


def clear(text: bytes = TEXT, by: HeldPgp = STATEMENT, type_: int = signatures.TEXT) -> bytes:
    """A cleartext signed document."""
    hashed = b"\r\n".join(text.removesuffix(b"\n").split(b"\n"))
    block = armor.write(signature(hashed, by, type_), armor.SIGNATURE)
    return armor.CLEARTEXT + b"\nHash: SHA256\n\n" + text + block


GOOD = sealed(literal(PARCEL))

TAIL = signature(TEXT)

CLEAR = clear()

ARMOUR = armor.write(TAIL, armor.SIGNATURE)
