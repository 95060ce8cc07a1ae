"""RFC 3161 time-stamps: what an authority's token says, under certificates that are pinned.

rfc3161-client reads strict DER and verifies the chain as of the token's own time, so that a token
outlives the certificate that signed it.
"""

from collections.abc import Sequence

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from gateway.domain.errors import InputError, NotVerified
from gateway.domain.times import SECOND
from gateway.ports.timestamps import Stamp

MAX_TOKEN = 64 * 1024  # bytes; one with a chain of certificates has about 6,000


class Rfc3161Timestamps:
    """Implements ports.timestamps.Timestamps."""

    def verify(self, token: bytes, data: bytes, anchors: Sequence[str]) -> Stamp:
        """As the port says. Raises NotVerified("timestamp")."""
        roots = certificates(anchors)
        answer = _decoded(token)
        try:
            VerifierBuilder(roots=list(roots)).build().verify_message(answer, data)
        except (VerificationError, ValueError) as error:
            raise NotVerified("timestamp", f"the token does not hold: {_first(error)}") from None
        at = int(answer.tst_info.gen_time.timestamp()) * SECOND
        return Stamp(at, _signer(answer))


def certificates(anchors: Sequence[str]) -> tuple[x509.Certificate, ...]:
    """The pinned certificates. Raises NotVerified("timestamp")."""
    try:
        found = [x509.load_pem_x509_certificates(anchor.encode()) for anchor in anchors]
    except ValueError:
        raise NotVerified("timestamp", "a pinned authority is no certificate as PEM") from None
    if not any(found):
        raise NotVerified("timestamp", "no time-stamping authority is pinned")
    return tuple(one for several in found for one in several)


def request(data: bytes) -> TimeStampRequest:
    """What an authority is asked: a token over SHA-256 of `data`, with its certificate."""
    return TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()


def answers(token: bytes, asked: TimeStampRequest) -> bool:
    """Whether a token has the nonce that was asked with: it is no old one played again."""
    return _decoded(token).tst_info.nonce == asked.nonce


def read_anchor(text: str, name: str) -> str:
    """The authority's certificates as a settings file names them. Raises InputError."""
    try:
        certificates((text,))
    except NotVerified as error:
        raise InputError(
            f"{name}: {error}", hint="the PEM certificate of the authority's root"
        ) from None
    return text


def _decoded(token: bytes) -> TimeStampResponse:
    if len(token) > MAX_TOKEN:
        raise NotVerified("timestamp", f"a token has at most {MAX_TOKEN} bytes")
    try:
        answer = decode_timestamp_response(token)
        if answer.status == 0:
            return answer
    except ValueError:
        raise NotVerified("timestamp", "the token is no TimeStampResp in DER") from None
    raise NotVerified("timestamp", f"the authority refused: PKIStatus {answer.status}")


def _signer(answer: TimeStampResponse) -> str:
    """The subject of the certificate that signed; it was verified already."""
    (signer,) = answer.signed_data.signer_infos
    for der in answer.signed_data.certificates:
        one = x509.load_der_x509_certificate(der)
        if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number):
            return one.subject.rfc4514_string()
    return signer.issuer.rfc4514_string()


def _first(error: Exception) -> str:
    """The message without an error stack."""
    return str(error).partition(": ErrorStack")[0]
