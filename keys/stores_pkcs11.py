"""Keys in a PKCS#11 token as a key store: signers and openers whose private half stays inside.

| use                | in the token                             |
|--------------------|------------------------------------------|
| Ed25519            | CKM_EDDSA                                |
| ES256              | CKM_ECDSA over a digest made here        |
| PS256              | CKM_RSA_PKCS_PSS over a digest made here |
| P-256 to open with | CKM_ECDH1_DERIVE: the shared secret      |
| RSA to open with   | CKM_RSA_PKCS_OAEP, else CKM_RSA_X_509    |

What is done with a shared secret (key derivation, unwrap, AES-GCM) is done here, and where a token
has no OAEP with SHA-256, so is its padding (keys/stores_rsa.py). X25519 is not opened in a token:
SoftHSM and most cards have none.
"""

import hashlib
import secrets
import time
from typing import NoReturn

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkcs11 import KDF, MGF, Attribute, KeyType, Mechanism

from gateway.domain.errors import InputError, NotFound, NotVerified
from gateway.domain.trust import Algorithm, Role
from keys import jwk, policy
from keys.files import Opener
from keys.policy import PublicKey
from keys.stores_public import ED25519, P256
from keys.stores_rsa import TokenDecryption
from keys.stores_token import Token, TokenKey, opened
from keys.stores_uri import TokenUri

ID_BYTES = 16
SECRET_BITS = 256  # of a P-256 shared secret
SALT_BYTES = 32  # of RSA-PSS (RFC 7518 3.5)
LOOK_EVERY = 60.0  # seconds


class TokenSigner:
    """A signing key in a token; implements ports.Signer."""

    def __init__(self, token: Token, key: TokenKey, role: Role) -> None:
        self._token = token
        self._key = key
        self._alg = policy.algorithm(key.public, role)
        self._public = jwk.public_text(key.public)

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key."""
        return jwk.thumbprint(self._public)

    @property
    def alg(self) -> Algorithm:
        """Ed25519, ES256 or PS256."""
        return self._alg

    @property
    def public(self) -> str:
        """The public key as pinned: a JWK as canonical JSON text."""
        return self._public

    def sign(self, data: bytes) -> bytes:
        """The raw signature as JWS carries it. Raises NotVerified("token")."""
        return self._token.use(self._key, lambda key: self._sign(key, data))

    def _sign(self, key: pkcs11.PrivateKey, data: bytes) -> bytes:
        if not isinstance(key, pkcs11.SignMixin):
            raise NotVerified("token", "this private key of the token signs nothing")
        if self._alg is Algorithm.ED25519:
            return bytes(key.sign(data, mechanism=Mechanism.EDDSA))
        digest = hashlib.sha256(data).digest()
        if self._alg is Algorithm.ES256:
            return bytes(key.sign(digest, mechanism=Mechanism.ECDSA))
        pss = (Mechanism.SHA256, MGF.SHA256, SALT_BYTES)
        return bytes(key.sign(digest, mechanism=Mechanism.RSA_PKCS_PSS, mechanism_param=pss))


class TokenAgreement(ec.EllipticCurvePrivateKey):
    """A P-256 private key in a token, as the readers of envelopes take one: it agrees on secrets,
    and gives nothing else."""

    def __init__(self, token: Token, key: TokenKey, public: ec.EllipticCurvePublicKey) -> None:
        self._token = token
        self._key = key
        self._public = public

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:
        """The shared secret, derived inside the token. Raises NotVerified("token")."""
        point = peer_public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return self._token.use(self._key, lambda key: _derive(key, point))

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half."""
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        """P-256."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """256."""
        return self._public.key_size

    def sign(self, data: object, signature_algorithm: object) -> NoReturn:
        """One key, one role (threats.md E11)."""
        raise NotVerified("wrong-role", "a seal key of a token signs nothing")

    def private_numbers(self) -> NoReturn:
        """The private half never leaves the token."""
        raise NotVerified("token", _STAYS)

    def private_bytes(
        self, encoding: object, format: object, encryption_algorithm: object
    ) -> NoReturn:
        """The private half never leaves the token."""
        raise NotVerified("token", _STAYS)

    def __copy__(self) -> "TokenAgreement":
        return self

    def __deepcopy__(self, memo: object) -> "TokenAgreement":
        return self


_STAYS = "a private key never leaves its token"


def _derive(key: pkcs11.PrivateKey, point: bytes) -> bytes:
    """The secret alone comes out (CKA_EXTRACTABLE of the derived key, not of the private one)."""
    if not isinstance(key, pkcs11.DeriveMixin):
        raise NotVerified("token", "this private key of the token derives nothing")
    derived = key.derive_key(
        KeyType.GENERIC_SECRET,
        SECRET_BITS,
        mechanism=Mechanism.ECDH1_DERIVE,
        mechanism_param=(KDF.NULL, None, point),
        template={Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True},
    )
    return bytes(derived[Attribute.VALUE])


class TokenStore:
    """The keys of one token; implements keys.keyring.KeyStore."""

    def __init__(self, uri: TokenUri, pin: bytes) -> None:
        self._uri = uri
        self._pin = pin
        self._known: dict[str, TokenKey] = {}
        self._looked = -LOOK_EVERY

    @property
    def where(self) -> str:
        """The token's label."""
        return self._uri.where

    def holds(self, role: Role, kid: str) -> bool:
        """Whether a public key of that id is in the token. Raises NotVerified("token")."""
        return self._find(kid) is not None

    def signer(self, role: Role, kid: str) -> TokenSigner:
        """That key. Raises NotFound, NotVerified("token")."""
        key = self._find(kid)
        if key is None:
            raise NotFound(f"{self.where} has no key {kid}")
        return TokenSigner(self._token(), key, role)

    def only_signer(self, role: Role) -> TokenSigner:
        """The one key that the URI names, for a person's key. Raises NotFound, InputError."""
        named = [
            key
            for key in self._token().pairs()
            if (not self._uri.object or key.label == self._uri.object)
            and (not self._uri.id or key.id == self._uri.id)
        ]
        if not named:
            raise NotFound(f"{self.where} has no key that the URI names")
        if len(named) > 1:
            raise InputError(
                f"the URI names {len(named)} keys of {self.where}",
                hint="name one with object=LABEL or id=%HEX",
            )
        return TokenSigner(self._token(), named[0], role)

    def make(self, role: Role, algorithm: Algorithm) -> PublicKey:
        """A new key pair in the token. Raises InputError for a kind that it does not make here."""
        kinds = {
            Algorithm.ED25519: (KeyType.EC_EDWARDS, ED25519),
            Algorithm.ES256: (KeyType.EC, P256),
            Algorithm.ECDH_P256: (KeyType.EC, P256),
        }
        if algorithm not in kinds:
            raise InputError(
                f"{self.where}: keys of the kinds {', '.join(kinds)} are made in a token",
                hint="choose one of them: --alg ALG",
            )
        id_ = secrets.token_bytes(ID_BYTES)
        self._token().make(*kinds[algorithm], self._uri.object or f"palang-{role}", id_)
        self._looked = -LOOK_EVERY
        return next(key.public for key in self._token().pairs() if key.id == id_)

    def opener(self, kid: str) -> Opener:
        """That sealing key. Raises NotVerified: unknown-key, token."""
        key = self._find(kid)
        if key is None:
            raise NotVerified("unknown-key", f"{self.where} has no seal key of that id")
        return self._opener(key)

    def named(self, identifier: bytes) -> Opener:
        """The sealing key of that subject key identifier. Raises as opener."""
        for key in self._token().pairs():
            if jwk.subject_key_identifier(key.public) == identifier:
                return self._opener(key)
        raise NotVerified("unknown-key", f"{self.where} has no seal key that the parcel names")

    def _opener(self, key: TokenKey) -> Opener:
        private: TokenAgreement | TokenDecryption
        match key.public:
            case ec.EllipticCurvePublicKey():
                private = TokenAgreement(self._token(), key, key.public)
            case RSAPublicKey():
                private = TokenDecryption(self._token(), key, key.public)
            case _:
                raise NotVerified(
                    "token",
                    f"{self.where}: P-256 and RSA keys of a token open parcels, no other",
                    hint="rotate to a P-256 one: palang key rotate seal --alg ECDH-ES+A256KW/P-256",
                )
        return Opener(jwk.key_id(key.public), policy.algorithm(key.public, Role.SEAL), private)

    def _find(self, kid: str) -> TokenKey | None:
        """What is known stays known; what is not may be new, and is looked for again on a rhythm: a
        token in the network takes its time."""
        if kid not in self._known and time.monotonic() - self._looked >= LOOK_EVERY:
            self._known = {jwk.key_id(key.public): key for key in self._token().pairs()}
            self._looked = time.monotonic()
        return self._known.get(kid)

    def _token(self) -> Token:
        return opened(self._uri, self._pin)
