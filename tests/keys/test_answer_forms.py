"""A word of the gateway in each form: what signs it, and that nothing else passes for it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest

from gateway.domain import signed_forms
from gateway.domain.canonical import digest
from gateway.domain.cms import text
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.statements import Answer, Kind, to_bytes
from gateway.domain.trust import Algorithm, Role, Trust
from gateway.ports import Signer
from keys import openpgp_signatures, raw
from keys.documents import Documents
from keys.openpgp import sign_message
from tests.keys.cms_parts import rsa
from tests.keys.openpgp_parts import HeldPgp
from tests.keys.openpgp_parts import held as held_pgp
from tests.keys.parties import GATEWAY, NOW, OPERATOR, Held, held, refused

WORD = Answer(GATEWAY.id, OPERATOR.id, NOW, digest(b"a statement"), "accepted", "", 0)
DATA = to_bytes(WORD)
KEYS: dict[Envelope, Held | HeldPgp] = {
    Envelope.JOSE: held(GATEWAY, Role.STATEMENT),
    Envelope.CMS: held(GATEWAY, Role.STATEMENT, Algorithm.ES256),
    Envelope.OPENPGP: held_pgp(GATEWAY, Role.STATEMENT),
}
STRANGERS: dict[Envelope, Held | HeldPgp] = {
    Envelope.JOSE: held(GATEWAY, Role.STATEMENT),
    Envelope.CMS: held(GATEWAY, Role.STATEMENT, Algorithm.ES256),
    Envelope.OPENPGP: held_pgp(GATEWAY, Role.STATEMENT),
}
TRUST = Trust(GATEWAY.id, [one.pin for one in KEYS.values()])
EACH = pytest.mark.parametrize("form", list(Envelope))


def said(form: Envelope, data: bytes = DATA, by: Signer | None = None) -> bytes:
    """The word in this form."""
    return Documents().sign_as(form, data, Kind.ANSWER, by or KEYS[form].signer)


def opened(data: bytes) -> object:
    """What the partner's kit takes it for."""
    args = (GATEWAY, Role.STATEMENT, TRUST, NOW, OPERATOR.id)
    return Documents().open_statement(data, *args).statement


@EACH
def test_a_word_in_each_form_is_text_that_holds_the_same_bytes(form: Envelope) -> None:
    made = said(form)
    assert made.isascii() and signed_forms.form_of(made) is form
    assert signed_forms.payload_of(made) == DATA
    assert opened(made) == WORD


@EACH
def test_a_stranger_with_another_key_is_refused(form: Envelope) -> None:
    refused("unknown-key", lambda: opened(said(form, by=STRANGERS[form].signer)))


FORGED = to_bytes(Answer(GATEWAY.id, OPERATOR.id, NOW, digest(b"others"), "accepted", "", 0))


def forged(form: Envelope) -> bytes:
    """Another word of the same length in the place of the signed one, all else as it was."""
    if form is Envelope.JOSE:
        head, _body, mark = said(form).split(b".")
        return b".".join((head, said(form, FORGED).split(b".")[1], mark))
    if form is Envelope.CMS:
        return _packed_again(said(form))
    return _around_another(KEYS[form].signer)


def _packed_again(message: bytes) -> bytes:
    """The digest of the other word is set too: only the signature itself can tell."""
    plain = text.unwrapped(message).replace(DATA, FORGED)
    return text.write(plain.replace(sha256(DATA).digest(), sha256(FORGED).digest()))


class _Other:
    """A signer that signs the true word, whatever it is given."""

    def __init__(self, signer: Signer) -> None:
        self.kid, self.alg, self.public = signer.kid, signer.alg, signer.public
        self._signer = signer

    def sign(self, _data: bytes) -> bytes:
        return self._signer.sign(DATA)


def _around_another(signer: Signer) -> bytes:
    return sign_message(FORGED, _Other(signer))


def _accept(*_args: object, **_kwargs: object) -> None:
    return None


@EACH
def test_another_word_under_the_same_signature_fails_by_the_verifier_alone(
    form: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the verifier taken out it passes: nothing else stands in its way."""
    assert len(DATA) == len(FORGED)
    refused("signature", lambda: opened(forged(form)))
    for module in (raw, openpgp_signatures):
        monkeypatch.setattr(module, "verify", _accept)
    assert isinstance(opened(forged(form)), Answer)


@pytest.mark.parametrize(
    ("form", "signer"),
    [
        (Envelope.CMS, lambda: KEYS[Envelope.JOSE].signer),  # openssl 3.0 knows no Ed25519 in CMS
        (Envelope.CMS, lambda: KEYS[Envelope.OPENPGP].signer),
        (Envelope.OPENPGP, lambda: KEYS[Envelope.CMS].signer),
        (Envelope.JOSE, lambda: KEYS[Envelope.OPENPGP].signer),
        (Envelope.JOSE, lambda: rsa(Role.STATEMENT).signer),
    ],
)
def test_no_word_leaves_in_a_form_that_its_key_is_not_known_for(
    form: Envelope, signer: Callable[[], Signer]
) -> None:
    refused("wrong-alg", lambda: said(form, by=signer()))


def test_an_empty_word_and_a_large_one_are_whole_in_armour() -> None:
    for data in (b"", b"x" * 70_000):
        made = said(Envelope.OPENPGP, data)
        assert signed_forms.payload_of(made) == data
    with pytest.raises(NotVerified):
        opened(said(Envelope.OPENPGP, b""))
