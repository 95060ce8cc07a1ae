"""Names of things (design 8): partner, batch, delivery, parcel file."""

import re
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.errors import InputError

_PARTNER = re.compile(r"[a-z][a-z0-9-]{1,30}")
_DELIVERY = re.compile(r"([1-9]\d{0,8})\.([a-z][a-z0-9-]{1,30})\.([1-9]\d{0,3})")
_PARCEL_FILE = re.compile(
    r"palang-([a-z][a-z0-9-]{1,30})-([1-9]\d{0,8})-(\d{8})\.zip\.(jwe|p7m|pgp)", re.ASCII
)


class Envelope(StrEnum):
    """The kind of encryption around a parcel, a partner's choice (design 3)."""

    JOSE = "jose"
    CMS = "cms"
    OPENPGP = "openpgp"


SUFFIX = {Envelope.JOSE: "jwe", Envelope.CMS: "p7m", Envelope.OPENPGP: "pgp"}


def is_partner_id(value: object) -> bool:
    """Whether this is a partner or officer id:

    it goes into paths and URLs, so the set is narrow (threats.md D11).
    """
    return isinstance(value, str) and value.isascii() and _PARTNER.fullmatch(value) is not None


def partner_id(value: str) -> str:
    """The id itself. Raises InputError where it is not one."""
    if not is_partner_id(value):
        raise InputError(
            "an id has 2 to 31 characters of a-z, 0-9 and -, and begins with a letter",
            hint="for example opr-uji-a",
        )
    return value


@dataclass(frozen=True, slots=True, order=True)
class DeliveryId:
    """`<batch>.<partner>.<n>`; n counts the deliveries of one batch to one partner, from 1."""

    batch: int
    partner: str
    n: int

    def __str__(self) -> str:
        return f"{self.batch}.{self.partner}.{self.n}"

    @classmethod
    def parse(cls, value: object) -> "DeliveryId":
        """Read an id. Raises InputError where it is not one."""
        match = _DELIVERY.fullmatch(value) if isinstance(value, str) and value.isascii() else None
        if match is None:
            raise InputError(
                "a delivery id is <batch>.<partner>.<n>", hint="for example 7.opr-uji-a.1"
            )
        return cls(int(match[1]), match[2], int(match[3]))


@dataclass(frozen=True, slots=True)
class ParcelName:
    """What a parcel's file name says; a convenience for people, never trusted over the manifest."""

    partner: str
    epoch: int
    sequence: int
    envelope: Envelope

    def __str__(self) -> str:
        suffix = SUFFIX[self.envelope]
        return f"palang-{self.partner}-{self.epoch}-{self.sequence:08d}.zip.{suffix}"

    @classmethod
    def parse(cls, value: str) -> "ParcelName | None":
        """Read a file name; None where it is not a parcel's."""
        match = _PARCEL_FILE.fullmatch(value)
        if match is None:
            return None
        kind = next(envelope for envelope, suffix in SUFFIX.items() if suffix == match[4])
        return cls(match[1], int(match[2]), int(match[3]), kind)
