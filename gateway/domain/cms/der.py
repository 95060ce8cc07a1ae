"""Writing DER (X.690): tag, length, value; and the few structures that CMS repeats."""

from gateway.domain.cms.ber import INTEGER, NULL, OCTETS, OID, SEQUENCE

NOTHING = bytes((NULL, 0))


def length(size: int) -> bytes:
    """The length octets of a value of this size."""
    if size < 0x80:
        return bytes((size,))
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((0x80 | len(octets),)) + octets


def head(tag: int, size: int) -> bytes:
    """Tag and length of a value that is written elsewhere."""
    return bytes((tag,)) + length(size)


def tlv(tag: int, *parts: bytes) -> bytes:
    """One element around these parts."""
    value = b"".join(parts)
    return head(tag, len(value)) + value


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of these."""
    return tlv(SEQUENCE, *parts)


def octets(data: bytes) -> bytes:
    """An OCTET STRING."""
    return tlv(OCTETS, data)


def integer(value: int) -> bytes:
    """An INTEGER that is not negative."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    return tlv(OID, b"".join(_base128(arc) for arc in (first * 40 + second, *rest)))


def _base128(arc: int) -> bytes:
    groups = [arc & 0x7F]
    while arc := arc >> 7:
        groups.append(0x80 | arc & 0x7F)
    return bytes(reversed(groups))
