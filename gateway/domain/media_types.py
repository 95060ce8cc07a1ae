"""The media types of sealed parcels and of signed statements over HTTP (RFC 7515, 8551, 3156)."""

from gateway.domain.ids import Envelope

JOSE = "application/jose"

PARCEL = {
    Envelope.JOSE: JOSE,
    Envelope.CMS: "application/pkcs7-mime",
    Envelope.OPENPGP: "application/pgp-encrypted",
}
"""A parcel by its envelope. Always bare: a receiver may compare it as it is."""

STATEMENT = {
    Envelope.JOSE: JOSE,
    Envelope.CMS: "application/pkcs7-mime",
    Envelope.OPENPGP: "application/pgp-signature",
}
"""A statement by the form of its signature."""


def bare(value: str) -> str:
    """A media type without its parameters, in small letters."""
    return value.partition(";")[0].strip().lower()
