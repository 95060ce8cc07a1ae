"""The pen that signs an answer or a head: the statement key whose form the hearer's tool verifies.

A partner with gpg or openssl alone reads no JWS, so a word goes out in the form in which it is
asked for (docs/adr/0012).
"""

from dataclasses import dataclass

from gateway.domain import signed_forms
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.records import InboundRecord
from gateway.domain.times import Micros
from gateway.domain.trust import COUNTERSIGNS_WITH, Role
from gateway.ports import FormSignatures, Keyring, Signer


@dataclass(frozen=True, slots=True)
class Pen:
    """A statement key, and the form that it signs in."""

    signer: Signer
    form: Envelope
    signatures: FormSignatures

    def sign(self, payload: bytes, kind: str) -> bytes:
        """The signed word, as ASCII text."""
        return self.signatures.sign_as(self.form, payload, kind, self.signer)


@dataclass(frozen=True, slots=True)
class Pens:
    """The gateway's statement keys."""

    keyring: Keyring
    signatures: FormSignatures

    def take_up(self, form: Envelope, at: Micros) -> Pen:
        """The pen of this form. A gateway that has no such key yet says it as JWS, as all did
        before: a word that the kit reads is better than none.

        Raises NotVerified: no-key where there is no key for a JWS either; those of the key store.
        """
        try:
            signer = self.keyring.signer(Role.STATEMENT, at, COUNTERSIGNS_WITH[form])
        except NotVerified as error:
            if form is Envelope.JOSE or error.reason != "no-key":
                raise
            return self.take_up(Envelope.JOSE, at)
        return Pen(signer, form, self.signatures)


def form_for(record: InboundRecord) -> Envelope:
    """The form to answer in: that of the statement. A source's sealed list is signed inside, by a
    JWS."""
    if record.kind != "statement":
        return Envelope.JOSE
    try:
        return signed_forms.form_of(record.body)
    except NotVerified:
        return Envelope.JOSE  # a document of no form is never authentic: it gets no answer
