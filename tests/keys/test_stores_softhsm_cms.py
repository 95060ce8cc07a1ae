"""Keys in a real PKCS#11 token sign and open CMS; what a token does not open is said in words."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkcs11 import MGF, Attribute, KeyType, Mechanism

from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.trust import Algorithm, PinnedKey, Role, Trust
from keys import cms_signed, jwk
from keys.envelopes import EnvelopeSealer, open_sealed, verify_native
from keys.policy import PublicKey
from tests.keys import openssl
from tests.keys.parties import GATEWAY, OPERATOR, refused
from tests.keys.test_stores_softhsm import store
from tests.peers import softhsm

pytestmark = pytest.mark.softhsm

MANIFEST = b'{"v":1}'


@cache
def rsa(name: str) -> PublicKey:
    """A key pair of 3072 bits, made by the token; that takes its time."""
    template = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
    with store()._token()._asking() as session:
        session.generate_keypair(
            KeyType.RSA, 3072, id=name.encode(), label=name, store=True, private_template=template
        )
    return next(one.public for one in store()._token().pairs() if one.id == name.encode())


def pin(key: PublicKey, role: Role) -> PinnedKey:
    owner = OPERATOR if role is Role.SEAL else GATEWAY
    return jwk.pinned_key(key, owner, role, 0, 10)


def made(kind: str) -> PinnedKey:
    key = rsa("cms-sign") if kind == "RSA-PSS" else store().make(Role.MANIFEST, Algorithm.ES256)
    return pin(key, Role.MANIFEST)


@pytest.mark.parametrize("kind", ["ES256", "RSA-PSS"])
def test_a_manifest_is_countersigned_for_openssl_in_the_token(kind: str) -> None:
    held = made(kind)
    signer = store().signer(Role.MANIFEST, held.kid)
    mark = cms_signed.sign_detached(MANIFEST, signer)
    trust = Trust("palang-uji", [held])
    assert verify_native(mark, MANIFEST, Envelope.CMS, GATEWAY, trust, 5) == held
    refused("signature", lambda: verify_native(mark, b"{}", Envelope.CMS, GATEWAY, trust, 5))


@pytest.mark.openssl
def test_openssl_verifies_what_the_token_signed(tmp_path: Path) -> None:
    held = made("ES256")
    mark = cms_signed.sign_detached(MANIFEST, store().signer(Role.MANIFEST, held.kid))
    tool = openssl.at(tmp_path)
    pem = jwk.public_key(held).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "token.pub").write_bytes(pem)
    tool.run(
        *("x509", "-req", "-in", "any.csr", "-CA", "issuer.crt", "-CAkey", "issuer.key"),
        *("-extfile", "ski.cnf", "-force_pubkey", "token.pub", "-out", "token.crt"),
    )
    tool.verify("token", MANIFEST, mark)


def test_a_cms_parcel_to_an_rsa_key_of_a_token_is_opened_in_it() -> None:
    held = pin(rsa("cms-seal"), Role.SEAL)
    sealed = EnvelopeSealer().seal(b"zip", Envelope.CMS, held)
    assert open_sealed(sealed, store(), [Envelope.CMS]) == (Envelope.CMS, b"zip")
    other = pin(rsa("cms-sign"), Role.SEAL)
    for mine, theirs in ((held, other), (other, held)):  # sealed to one, named after the other
        name = jwk.subject_key_identifier(jwk.public_key(mine))
        swapped = EnvelopeSealer().seal(b"zip", Envelope.CMS, theirs)
        theirs_name = jwk.subject_key_identifier(jwk.public_key(theirs))
        broken = swapped.replace(theirs_name, name)
        refused("cant-open", lambda: open_sealed(broken, store(), [Envelope.CMS]))  # noqa: B023  at once


def test_softhsm_has_no_oaep_with_sha_256_so_the_padding_is_taken_off_here() -> None:
    """Should a newer one have it, this tells: then the way through RSA_X_509 is for others."""
    held = rsa("cms-seal")
    opener = store().named(jwk.subject_key_identifier(held))
    sealed = held.encrypt(b"k" * 32, OAEP(MGF1(SHA256()), SHA256(), None))  # type: ignore[union-attr]  # RSA
    key = next(one for one in store()._token().pairs() if one.id == b"cms-seal")

    def ask(private: Any) -> bytes:
        oaep = (Mechanism.SHA256, MGF.SHA256, None)
        made: bytes = private.decrypt(
            sealed, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=oaep
        )
        return made

    with pytest.raises(NotVerified, match="ArgumentsBad"):
        store()._token().use(key, ask)
    assert opener.key.decrypt(sealed, OAEP(MGF1(SHA256()), SHA256(), None)) == b"k" * 32  # type: ignore[union-attr]  # RSA


def test_an_rsa_key_of_a_token_opens_no_older_padding_and_gives_nothing_else() -> None:
    held = rsa("cms-seal")
    key: Any = store().named(jwk.subject_key_identifier(held)).key
    refused("wrong-alg", lambda: key.decrypt(held.encrypt(b"k" * 32, PKCS1v15()), PKCS1v15()))  # type: ignore[union-attr]  # RSA
    refused("wrong-role", lambda: key.sign(b"", None, None))
    refused("token", key.private_numbers)
    refused("token", lambda: key.private_bytes(None, None, None))
    for sealed in (b"", bytes(383), b"\xff" * 384, bytes(385)):
        with pytest.raises(ValueError, match="no number under"):
            key.decrypt(sealed, OAEP(MGF1(SHA256()), SHA256(), None))


def test_a_cms_parcel_to_another_key_of_the_same_kind_is_not_opened() -> None:
    mine = pin(store().make(Role.SEAL, Algorithm.ECDH_P256), Role.SEAL)
    sealed = EnvelopeSealer().seal(b"zip", Envelope.CMS, mine)
    assert open_sealed(sealed, store(), [Envelope.CMS]) == (Envelope.CMS, b"zip")
    refused("unknown-key", lambda: open_sealed(sealed, store("kosong-uji"), [Envelope.CMS]))
    broken = sealed[:-1] + bytes([sealed[-1] ^ 1])
    refused("cant-open", lambda: open_sealed(broken, store(), [Envelope.CMS]))
    assert softhsm.PIN not in sealed
