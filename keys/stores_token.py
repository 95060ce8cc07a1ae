"""One PKCS#11 token, logged in to: its keys, and what it does with them.

Private keys never leave the token: they are made as sensitive and not extractable, and one that is
not is not used. A token keeps one login for the whole process, and one operation at a time for a
session, so there is one session for each token here, behind a lock.
"""

import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PKCS11Error

from gateway.domain.errors import InputError, NotFound, NotVerified
from keys.policy import PublicKey
from keys.stores_public import read_public
from keys.stores_uri import TokenUri

T = TypeVar("T")

_REFUSED = (
    pkcs11.PinIncorrect,
    pkcs11.PinInvalid,
    pkcs11.PinLenRange,
    pkcs11.PinLocked,
    pkcs11.PinExpired,
)


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key pair of a token: its public half, and what finds its private half there."""

    public: PublicKey
    label: str
    id: bytes


class Token:
    """A token by its URI. Every error is NotVerified("token") with what a person does about it."""

    def __init__(self, uri: TokenUri, pin: bytes) -> None:
        self.where = uri.where
        self._uri = uri
        self._pin = pin
        self._lock = threading.RLock()
        self._session: pkcs11.Session | None = None
        self._refused = False

    def same_pin(self, pin: bytes) -> bool:
        """Whether it was opened with this PIN."""
        return hmac.compare_digest(self._pin, pin)

    def pairs(self) -> list[TokenKey]:
        """Every key pair of the token whose public half is of a known kind."""
        with self._asking() as session:
            wanted = {Attribute.CLASS: ObjectClass.PUBLIC_KEY}
            found = [
                (read_public(one), str(one[Attribute.LABEL]), bytes(one[Attribute.ID]))
                for one in list(session.get_objects(wanted))
            ]
        return [TokenKey(public, label, id_) for public, label, id_ in found if public is not None]

    def use(self, key: TokenKey, act: Callable[[pkcs11.PrivateKey], T]) -> T:
        """Do something with the private half. Raises NotFound where it is not there."""
        with self._asking() as session:
            wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: key.id}
            for one in list(session.get_objects(wanted)):  # a search ends before anything else
                if isinstance(one, pkcs11.PrivateKey):
                    _refuse_movable(one, self.where)
                    return act(one)
        raise NotFound(f"{self.where} has no private key with that id")

    def make(self, kind: KeyType, parameters: bytes, label: str, id_: bytes) -> None:
        """A new key pair, that never leaves. Raises InputError where the token makes none."""
        edwards = kind is KeyType.EC_EDWARDS
        private = {
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.PRIVATE: True,
        }
        with self._asking() as session:
            domain = session.create_domain_parameters(
                kind, {Attribute.EC_PARAMS: parameters}, local=True
            )
            try:
                domain.generate_keypair(
                    id=id_,
                    label=label,
                    store=True,
                    mechanism=(
                        Mechanism.EC_EDWARDS_KEY_PAIR_GEN if edwards else Mechanism.EC_KEY_PAIR_GEN
                    ),
                    private_template=private,
                )
            except (pkcs11.MechanismInvalid, pkcs11.DomainParamsInvalid) as error:
                raise InputError(
                    f"{self.where} makes no keys of this kind ({type(error).__name__})",
                    hint="choose another algorithm: --alg ES256",
                ) from None

    @contextmanager
    def _asking(self) -> Iterator[pkcs11.Session]:
        """The session, for one thread. After an error of the token the next use logs in anew."""
        with self._lock:
            if self._session is None:
                self._session = self._login()
            try:
                yield self._session
            except PKCS11Error as error:
                self._close()
                raise self._trouble(error) from None

    def _login(self) -> pkcs11.Session:
        if self._refused:
            # a token locks itself after some wrong PINs: one is told once, not tried again
            raise NotVerified("token", f"{self.where} refused the PIN before", hint=_PIN)
        try:
            pin = self._pin.decode()
        except UnicodeDecodeError:
            raise NotVerified("token", f"the PIN of {self.where} is no UTF-8 text") from None
        if not self._uri.module.is_file():
            raise NotVerified(
                "token",
                f"there is no library {self._uri.module}",
                hint="module-path= names the library of the token's maker",
            )
        try:
            library = pkcs11.lib(str(self._uri.module))
            token = library.get_token(**self._named())
            return token.open(rw=True, user_pin=pin)
        except _REFUSED as error:
            self._refused = True
            raise NotVerified(
                "token", f"{self.where} refused the PIN ({type(error).__name__})", hint=_PIN
            ) from None
        except PKCS11Error as error:
            raise self._trouble(error) from None

    def _named(self) -> dict[str, object]:
        named: dict[str, object] = {}
        if self._uri.token:
            named["token_label"] = self._uri.token
        if self._uri.serial:
            named["token_serial"] = self._uri.serial.encode()
        return named

    def _close(self) -> None:
        session, self._session = self._session, None
        try:
            if session is not None:
                session.close()
        except PKCS11Error:
            return  # it is gone already: that is why it is closed

    def _trouble(self, error: PKCS11Error) -> NotVerified:
        return NotVerified(
            "token",
            f"{self.where} can't be used ({type(error).__name__})",
            hint="is it plugged in, and does its own tool show it? palang doctor looks again",
        )


_PIN = "compare the PIN's file with the token's PIN; too many wrong ones lock a token"


def _refuse_movable(key: pkcs11.PrivateKey, where: str) -> None:
    if key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]:
        raise NotVerified(
            "token",
            f"a private key of {where} could be copied out of it",
            hint="make a new one there, sensitive and not extractable: palang key rotate",
        )


_OPENED: dict[tuple[str, str, str], Token] = {}
_OPENING = threading.Lock()


def opened(uri: TokenUri, pin: bytes) -> Token:
    """The token, once for the whole process: a login is the process's, not a session's.

    Raises NotVerified("token") where it is open under another PIN: that login would lend its rights
    to whoever knows none.
    """
    name = (str(uri.module), uri.token, uri.serial)
    with _OPENING:
        token = _OPENED.get(name)
        if token is None or token._refused:
            token = _OPENED[name] = Token(uri, pin)
    if not token.same_pin(pin):
        raise NotVerified(
            "token",
            f"{token.where} is open with another PIN",
            hint="an officer's key and the gateway's keys lie in different tokens",
        )
    return token
