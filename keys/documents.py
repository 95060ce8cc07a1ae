"""Statements in whatever form they were signed: JWS, CMS SignedData, OpenPGP (design 3).

Partners sign with the tool that they have, and the gateway so that this tool verifies it. Whose key
in which role at what time, which kinds a role may say, and to whom: the same rules for all forms.
"""

from gateway.domain import signed_forms
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.statements import Kind, is_table, read, read_table
from gateway.domain.times import Micros
from gateway.domain.trust import COUNTERSIGNS_WITH, Owner, PinnedKey, Role, Trust
from gateway.ports import Signed, Signer
from keys import cms_signed, jws, openpgp

_VERIFY = {Envelope.CMS: cms_signed.verify_message, Envelope.OPENPGP: openpgp.verify_message}


_SIGN = {Envelope.CMS: cms_signed.sign_message, Envelope.OPENPGP: openpgp.sign_message}


class Documents(jws.JoseSignatures):
    """Implements ports.FormSignatures; the reasons of a refusal are those of each form."""

    def sign_as(self, form: Envelope, payload: bytes, kind: str, signer: Signer) -> bytes:
        """A statement, signed in the form that the tools of this envelope's world verify; all of it
        is ASCII text. Raises NotVerified("wrong-alg") for a signer that they do not know."""
        if signer.alg not in COUNTERSIGNS_WITH[form]:
            raise NotVerified(
                "wrong-alg", f"key {signer.kid} is an {signer.alg} key; {form} has others"
            )
        if form is Envelope.JOSE:
            return self.sign(payload, kind, signer)
        return _SIGN[form](payload, signer)

    def verify(
        self, data: bytes, kind: str, owner: Owner, role: Role, trust: Trust, at: Micros
    ) -> tuple[bytes, PinnedKey]:
        """Payload and key, if this owner signed it in this role with a key valid at `at`."""
        form = signed_forms.form_of(data)
        if form is Envelope.JOSE:
            return super().verify(data, kind, owner, role, trust, at)
        if len(data) > jws.limit(kind):
            raise NotVerified(
                "malformed", f"a signed document of this kind has at most {jws.limit(kind)} bytes"
            )
        payload, key = _VERIFY[form](data, owner, role, trust, at)
        if signed_forms.kind_of_payload(payload) != kind:
            raise NotVerified("wrong-typ", f"the signed document is not of the kind {kind}")
        return payload, key

    def open_statement(
        self, data: bytes, owner: Owner, role: Role, trust: Trust, at: Micros, audience: str
    ) -> Signed:
        """Verify and read a statement of any kind that a key of this role may make."""
        if signed_forms.form_of(data) is Envelope.JOSE:
            return super().open_statement(data, owner, role, trust, at, audience)
        if len(data) > jws.MAX_CONFIRMATION:
            raise NotVerified(
                "malformed", f"a signed document has at most {jws.MAX_CONFIRMATION} bytes"
            )
        kind = signed_forms.kind_of(data)
        jws.check_maker(kind, owner, role)
        payload, key = self.verify(data, kind, owner, role, trust, at)
        if is_table(payload):
            return Signed(key, Kind.CONFIRM, read_table(payload, owner.id, audience, at))
        statement = read(payload, kind)
        jws.check_addresses(statement, owner, audience)
        return Signed(key, kind, statement)
