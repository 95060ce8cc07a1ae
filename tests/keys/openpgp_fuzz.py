"""A child process that feeds broken OpenPGP to every reader: `python -m tests.keys.openpgp_fuzz`.

Arguments: seed and number of cases. Anything but NotVerified ends it with a traceback; a crash or
too much memory ends it at all.
"""

from __future__ import annotations

import random
import resource
import sys
import zlib
from collections.abc import Callable

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp import armor
from gateway.domain.openpgp.packets import Tag, write
from gateway.domain.trust import Role
from keys import openpgp
from keys import openpgp_certificates as certificates
from tests.keys.openpgp_parts import (
    SEAL,
    STATEMENT,
    TRUST,
    HeldPgp,
    literal,
    sealed,
    signature,
    signed,
)
from tests.keys.parties import NOW, OPERATOR

MEMORY = 1024 * 1024 * 1024  # bytes of address space
TEXT = b"#palang 7.opr-uji-a.1 x\n1;a;b;\n"
ARGS = (OPERATOR, Role.STATEMENT, TRUST, NOW)
_LENGTHS = (
    b"\xff\xff\xff\xff\xff",
    b"\xfe",
    b"\xe0",
    b"\xc0\x00",
    b"\xdf\xff",
    b"\x00",
    b"\xff" * 2,
)


def _certificate(data: bytes) -> object:
    return [certificates.usable(data, role) for role in (Role.SEAL, Role.STATEMENT)]


def _inside(data: bytes) -> object:
    """Broken content, well encrypted."""
    return openpgp.open_sealed(sealed(data), SEAL.openers)


def _raw(held: HeldPgp) -> bytes:
    return armor.read(held.pin.public.encode(), armor.PUBLIC_KEY)


TARGETS: list[tuple[bytes, Callable[[bytes], object]]] = [
    (sealed(literal(TEXT)), lambda data: openpgp.open_sealed(data, SEAL.openers)),
    (literal(TEXT), _inside),
    (write(Tag.COMPRESSED, b"\x01" + zlib.compress(literal(TEXT))[2:-4]), _inside),
    (signature(TEXT), lambda data: openpgp.verify_detached(data, TEXT, *ARGS)),
    (STATEMENT.signer.sign(TEXT), lambda data: openpgp.verify_detached(data, TEXT, *ARGS)),
    (signed(TEXT), lambda data: openpgp.verify_message(data, *ARGS)),
    (
        write(Tag.COMPRESSED, b"\x02" + zlib.compress(signed(TEXT))),
        lambda data: openpgp.verify_message(data, *ARGS),
    ),
    (
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
        + TEXT
        + STATEMENT.signer.sign(TEXT),
        lambda data: openpgp.verify_message(data, *ARGS),
    ),
    (SEAL.pin.public.encode(), _certificate),
    (_raw(SEAL), _certificate),
    (_raw(STATEMENT), _certificate),
]


def broken(good: bytes, chance: random.Random) -> bytes:
    """The same with one to four things changed."""
    data = bytearray(good)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + chance.randint(1, 20)]
            case 2:
                data[at:at] = chance.randbytes(chance.randint(1, 20))
            case 3:
                data[at : at + 1] = chance.choice(_LENGTHS)
            case 4:
                data[at:at] = data[: chance.randint(1, 200)]
            case _:
                del data[at:]
    return bytes(data)


def main(seed: int, cases: int) -> None:
    """Run them."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    chance = random.Random(seed)
    for _ in range(cases):
        good, act = chance.choice(TARGETS)
        try:
            act(broken(good, chance))
        except NotVerified as error:
            if not error.reason or len(str(error)) > 500:
                raise


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
