"""Throw changed CMS messages at the readers; run as a child by test_cms_fuzz.

Ends with 0 when everything was refused as NotVerified or gave the content that was sealed.
"""

import random
import sys

from gateway.domain import signed_forms
from gateway.domain.errors import NotVerified
from gateway.domain.trust import Role
from keys.cms_sealed import open_cms, seal
from keys.cms_signed import sign_detached, verify_detached, verify_message
from keys.exceptions import Weakness
from tests.keys.cms_parts import OPENERS, PINS, PLAIN, SEALS, SIGNERS
from tests.keys.parties import NOW, OPERATOR

ARGS = (OPERATOR, Role.STATEMENT, PINS, NOW)


def changed(data: bytes, draw: random.Random) -> bytes:
    """The message with a few bytes changed, taken out, doubled or put elsewhere."""
    out = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        at, size = draw.randrange(len(out)), draw.randint(1, 12)
        match draw.randrange(5):
            case 0:
                out[at] = draw.randrange(256)
            case 1:
                out[at] ^= 1 << draw.randrange(8)
            case 2:
                del out[at : at + size]
            case 3:
                out[at:at] = out[at : at + size]
            case 4:
                out[at:at] = draw.randbytes(size)
        out = out or bytearray(b"0")
    return bytes(out)


def main(seed: int, rounds: int) -> None:
    """Every reader on messages made from this seed."""
    draw = random.Random(seed)
    parcels = [seal(PLAIN, one.pin) for one in SEALS.values()]
    marks = [sign_detached(b"{}", one.signer) for one in SIGNERS.values()]
    for _ in range(rounds):
        data = changed(draw.choice(parcels), draw)
        _try(lambda data=data: _same(open_cms(data, OPENERS, set(Weakness))))
        mark = changed(draw.choice(marks), draw)
        _try(lambda mark=mark: verify_detached(mark, b"{ }", *ARGS))
        _try(lambda mark=mark: verify_message(mark, *ARGS))
        _try(lambda mark=mark: signed_forms.statement_of(mark))


def _same(content: bytes) -> None:
    if content == PLAIN:
        raise NotVerified("unchanged", "the change did not touch what counts")
    raise AssertionError("another content came out")


def _try(act: object) -> None:
    try:
        act()  # type: ignore[operator]  # a function of no arguments
    except NotVerified:
        return
    raise AssertionError("a changed message was taken")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
