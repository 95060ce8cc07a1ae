"""Keys in a real PKCS#11 token: they sign and open there, and never leave it."""

import threading
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDH, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, KeyType, ObjectClass

from gateway.domain.errors import InputError, NotFound, NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.trust import Algorithm, Owner, OwnerKind, Role, Trust
from keys import jwk, raw, stores, stores_token, stores_uri
from keys.envelopes import EnvelopeSealer, open_sealed
from keys.jws import JoseSignatures
from keys.keyring import StoreKeyring
from keys.notes import C2spNotes
from keys.stores_pkcs11 import TokenStore
from tests.peers import softhsm

pytestmark = pytest.mark.softhsm

GATEWAY = Owner(OwnerKind.GATEWAY, "palang-uji")
PARTNER = Owner(OwnerKind.PARTNER, "opr-uji-a")


def store(label: str = "palang-uji", rest: str = "") -> TokenStore:
    return TokenStore(stores_uri.parse(softhsm.uri(label, rest)), softhsm.PIN)


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ES256])
def test_a_key_made_in_the_token_signs_what_its_pin_verifies(algorithm: Algorithm) -> None:
    made = store().make(Role.MANIFEST, algorithm)
    pin = jwk.pinned_key(made, GATEWAY, Role.MANIFEST, 0, 10)
    keyring = StoreKeyring(store(), lambda: Trust("palang-uji", [pin]), GATEWAY)
    signer = keyring.signer(Role.MANIFEST, 5)
    assert (signer.kid, signer.alg, signer.public) == (pin.kid, pin.alg, pin.public)
    raw.verify(pin, signer.sign(b"manifest"), b"manifest")
    with pytest.raises(NotVerified):
        raw.verify(pin, signer.sign(b"manifest"), b"another")
    jws = JoseSignatures().sign_detached(b"manifest", "manifest", signer)
    trust = Trust("palang-uji", [pin])
    found = JoseSignatures().verify_detached(
        jws, b"manifest", "manifest", GATEWAY, Role.MANIFEST, trust, 5
    )
    assert found == pin


def test_a_checkpoint_is_signed_in_the_token() -> None:
    pin = jwk.pinned_key(
        store().make(Role.CHECKPOINT, Algorithm.ED25519), GATEWAY, Role.CHECKPOINT, 0, 10
    )
    note = C2spNotes().sign("body\n", "palang-uji", store().signer(Role.CHECKPOINT, pin.kid))
    trust = Trust("palang-uji", [pin])
    assert C2spNotes().verify(note, "palang-uji", GATEWAY, trust, 5) == ("body\n", pin)


def test_an_rsa_key_of_the_token_signs_ps256() -> None:
    token = stores_token.opened(stores_uri.parse(softhsm.uri("palang-uji")), softhsm.PIN)
    with token._asking() as session:
        template = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        session.generate_keypair(
            KeyType.RSA, 3072, id=b"rsa", label="rsa", store=True, private_template=template
        )
    key = next(one for one in store()._token().pairs() if one.id == b"rsa")
    pin = jwk.pinned_key(key.public, GATEWAY, Role.MANIFEST, 0, 10)
    assert pin.alg is Algorithm.PS256
    raw.verify(pin, store().signer(Role.MANIFEST, pin.kid).sign(b"manifest"), b"manifest")


@pytest.mark.parametrize("envelope", [Envelope.JOSE, Envelope.CMS])
def test_a_parcel_is_opened_with_a_secret_that_the_token_derives(envelope: Envelope) -> None:
    made = store().make(Role.SEAL, Algorithm.ECDH_P256)
    pin = jwk.pinned_key(made, PARTNER, Role.SEAL, 0, 10)
    sealed = EnvelopeSealer().seal(b"zip", envelope, pin)
    assert open_sealed(sealed, store(), [envelope]) == (envelope, b"zip")
    with pytest.raises(NotVerified) as caught:
        open_sealed(sealed, store("kosong-uji"), [envelope])
    assert caught.value.reason == "unknown-key"


def test_the_shared_secret_is_the_one_that_ecdh_gives() -> None:
    made = store().make(Role.SEAL, Algorithm.ECDH_P256)
    peer = generate_private_key(SECP256R1())
    private = store().named(jwk.subject_key_identifier(made)).key
    assert private.exchange(ECDH(), peer.public_key()) == peer.exchange(ECDH(), made)  # type: ignore[arg-type, call-arg, union-attr]  # a P-256 key


def test_a_private_key_never_leaves_its_token() -> None:
    made = store().make(Role.SEAL, Algorithm.ECDH_P256)
    opener = store().opener(jwk.key_id(made))
    with pytest.raises(NotVerified, match="never leaves"):
        opener.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(NotVerified, match="never leaves"):
        opener.key.private_numbers()  # type: ignore[union-attr]  # a P-256 key
    with store()._token()._asking() as session:
        for key in list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})):
            with pytest.raises(pkcs11.AttributeSensitive):
                rsa = key[Attribute.KEY_TYPE] is KeyType.RSA
                key[Attribute.PRIME_1 if rsa else Attribute.VALUE]


def test_a_key_that_could_be_copied_out_is_not_used() -> None:
    token = store("kosong-uji")._token()
    with token._asking() as session:
        domain = session.create_domain_parameters(
            KeyType.EC, {Attribute.EC_PARAMS: bytes.fromhex("06082a8648ce3d030107")}, local=True
        )
        template = {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
        domain.generate_keypair(id=b"copy", label="copy", store=True, private_template=template)
    signer = store("kosong-uji", ";object=copy").only_signer(Role.MANIFEST)
    with pytest.raises(NotVerified, match="could be copied out"):
        signer.sign(b"manifest")


def test_an_officers_key_is_named_by_its_label_and_two_of_a_name_are_refused() -> None:
    uri = softhsm.uri("siti-uji", ";object=approval")
    made = stores.new_token_signer(uri, softhsm.PIN, Role.APPROVAL, Algorithm.ED25519)
    assert stores.token_signer(uri, softhsm.PIN, Role.APPROVAL).kid == made.kid
    with pytest.raises(NotFound):
        stores.token_signer(softhsm.uri("siti-uji", ";object=x"), softhsm.PIN, Role.APPROVAL)
    stores.new_token_signer(uri, softhsm.PIN, Role.APPROVAL, Algorithm.ED25519)
    with pytest.raises(InputError, match="names 2 keys"):
        stores.token_signer(uri, softhsm.PIN, Role.APPROVAL)


def test_a_token_that_is_open_lends_no_rights_to_another_pin() -> None:
    store().make(Role.MANIFEST, Algorithm.ES256)
    uri = stores_uri.parse(softhsm.uri("palang-uji"))
    with pytest.raises(NotVerified, match="open with another PIN"):
        TokenStore(uri, b"another").holds(Role.MANIFEST, "x")


def test_a_wrong_pin_is_tried_once_so_that_the_token_does_not_lock() -> None:
    uri = stores_uri.parse(softhsm.uri("wrong-pin-uji"))
    token = stores_token.Token(uri, b"wrong")
    for word in ("PinIncorrect", "before", "before"):
        with pytest.raises(NotVerified, match=word) as caught:
            token.pairs()
        assert caught.value.reason == "token"
    assert stores_token.Token(uri, softhsm.PIN).pairs() == []


def test_a_missing_token_or_library_is_said_in_words(tmp_path: Path) -> None:
    softhsm.tokens()
    gone = stores_uri.parse(f"pkcs11:token=gone?module-path={softhsm.module()}")
    with pytest.raises(NotVerified, match=r"token gone can't be used \(NoSuchToken\)"):
        TokenStore(gone, b"x").holds(Role.MANIFEST, "x")
    lost = stores_uri.parse(f"pkcs11:token=a?module-path={tmp_path / 'no.so'}")
    with pytest.raises(NotVerified, match="there is no library"):
        TokenStore(lost, b"x").holds(Role.MANIFEST, "x")


def test_a_kind_that_no_token_key_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match="Ed25519, ES256"):
        store().make(Role.SEAL, Algorithm.ECDH_X25519)
    made = store().make(Role.MANIFEST, Algorithm.ED25519)
    with pytest.raises(NotVerified, match="P-256 and RSA keys of a token open parcels"):
        store().opener(jwk.key_id(made))


def test_four_threads_sign_with_one_session() -> None:
    made = store().make(Role.MANIFEST, Algorithm.ED25519)
    pin = jwk.pinned_key(made, GATEWAY, Role.MANIFEST, 0, 10)
    signer = store().signer(Role.MANIFEST, pin.kid)
    signed: list[tuple[bytes, bytes]] = []

    def work(name: bytes) -> None:
        signed.extend((name, signer.sign(name)) for _ in range(20))

    threads = [threading.Thread(target=work, args=(b"%d" % i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(signed) == 80
    for name, signature in signed:
        raw.verify(pin, signature, name)


# the library complains of its own search, which ended with the session
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_after_a_session_was_lost_the_next_use_logs_in_anew() -> None:
    made = store().make(Role.MANIFEST, Algorithm.ES256)
    signer = store().signer(Role.MANIFEST, jwk.key_id(made))
    session = store()._token()._session
    assert session is not None
    session.close()
    with pytest.raises(NotVerified) as caught:
        signer.sign(b"x")
    assert caught.value.reason == "token"
    assert len(signer.sign(b"x")) == 64
