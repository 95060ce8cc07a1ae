"""A pinned public key in the form that a stock tool takes: PEM, certificate, OpenPGP."""

from enum import StrEnum

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.errors import InputError
from gateway.domain.trust import Algorithm, PinnedKey
from keys import certificates, jwk


class Form(StrEnum):
    """SubjectPublicKeyInfo as PEM; an X.509 certificate that carries the key; OpenPGP armour."""

    PEM = "pem"
    CERTIFICATE = "certificate"
    ASC = "asc"


def export(pin: PinnedKey, form: str) -> bytes:
    """The key as a file. Raises InputError where a key of its kind has no such form."""
    if (pin.alg is Algorithm.OPENPGP) is not (form == Form.ASC):
        raise InputError(
            f"key {pin.kid} is an {pin.alg} key, which has no form {form}",
            hint="an OpenPGP key is exported as asc, any other as pem or certificate",
        )
    if form == Form.ASC:
        return pin.public.encode()
    key = jwk.public_key(pin)
    if form == Form.CERTIFICATE:
        return certificates.carrying(key, pin.owner.id, pin.not_before, pin.not_after)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
