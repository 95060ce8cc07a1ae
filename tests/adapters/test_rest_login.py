"""What a partner may ask us to show on push: client certificate, bearer token, RFC 9421."""

from __future__ import annotations

import hashlib
import logging
import ssl
from dataclasses import replace

import pytest
import trustme

from adapters.registry import ChannelRegistry
from gateway.domain import http_profile
from gateway.domain.errors import NotPermitted, NotVerified
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from gateway.ports import Message, Parcel, SendError
from keys import http_signatures, jwk
from keys.generate import generate
from keys.raw import PrivateSigner
from tests.adapters.rigs import DELIVERY, QUICK, Keeper, Login, RestRig, StillClock, parcel
from tests.peers.tls_server import Handler, Seen, TlsServer, status, taken

TOKEN = "b64-token.with~all+of/its==" + "="
MESSAGE = Message(
    "palang-opr-uji-a-head.jws", b"head", f"sha256:{hashlib.sha256(b'head').hexdigest()}"
)
CA = trustme.CA()
STRANGE_CA = trustme.CA()


def pair(ca: trustme.CA, name: str) -> tuple[bytes, bytes]:
    """A client certificate of an authority."""
    made = ca.issue_cert(f"{name}.gateway.example")
    return b"".join(one.bytes() for one in made.cert_chain_pems), made.private_key_pem.bytes()


def channels(secrets: Login) -> ChannelRegistry:
    """A registry with these secrets."""
    return ChannelRegistry(StillClock(), secrets, allow_private=True, limits=QUICK)


def send(rig: RestRig, secrets: Login, what: Parcel | None = None) -> None:
    """One attempt."""
    with channels(secrets).open(rig.partner) as adapter:
        adapter.send(DELIVERY, what or parcel())


def refused(rig: RestRig, secrets: Login, what: Parcel | None = None) -> SendError:
    """One attempt that must fail, with nothing handed over and an alert."""
    with pytest.raises(SendError) as caught:
        send(rig, secrets, what)
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert rig.received() == {}
    return caught.value


def ask_for_certificates(server: TlsServer, *, must: bool) -> list[bytes]:
    """The server asks from now on; what it was shown, as DER, b"" for nothing."""
    server.context.verify_mode = ssl.CERT_REQUIRED if must else ssl.CERT_OPTIONAL
    server.context.load_verify_locations(cadata=CA.cert_pem.bytes().decode())
    shown: list[bytes] = []
    taking = taken()

    def behave(handler: Handler, data: bytes) -> None:
        wire = handler.connection
        assert isinstance(wire, ssl.SSLSocket)
        shown.append(wire.getpeercert(binary_form=True) or b"")
        taking(handler, data)

    server.behaviour = behave
    return shown


def der(chain: bytes) -> bytes:
    return ssl.PEM_cert_to_DER_cert(chain.decode())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_demands_our_certificate_takes_it(
    rest_rig: RestRig, version: ssl.TLSVersion
) -> None:
    rest_rig.server.context.maximum_version = version
    shown = ask_for_certificates(rest_rig.server, must=True)
    mine = pair(CA, "a")
    send(rest_rig, Login(certificates={"opr-uji-a": mine}))
    assert shown == [der(mine[0])]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("certificates", [{}, {"opr-uji-a": pair(STRANGE_CA, "a")}])
def test_without_it_or_with_another_nothing_is_handed_over_and_a_person_must_look(
    rest_rig: RestRig, version: ssl.TLSVersion, certificates: dict[str, tuple[bytes, bytes]]
) -> None:
    rest_rig.server.context.maximum_version = version
    ask_for_certificates(rest_rig.server, must=True)
    error = refused(rest_rig, Login(certificates=certificates))
    assert "client certificate" in str(error) or "one of ours" in error.hint


@pytest.mark.parametrize("size", [6, 3_000_000])
def test_a_refused_certificate_is_told_apart_from_a_lost_answer(
    rest_rig: RestRig, size: int
) -> None:
    ask_for_certificates(rest_rig.server, must=True)
    for _ in range(5):  # the server hangs up before, while or after we write
        refused(rest_rig, Login(), parcel(bytes(size)))


def test_another_partners_certificate_token_or_signature_is_never_shown(
    rest_rig: RestRig,
) -> None:
    shown = ask_for_certificates(rest_rig.server, must=False)
    secrets = Login(
        certificates={"opr-uji-b": pair(CA, "b")},
        bearers={"opr-uji-b": TOKEN},
        signers={"opr-uji-b": signer_and_pin(Algorithm.ED25519)[0]},
    )
    send(rest_rig, secrets)
    seen = rest_rig.server.seen[0]
    assert shown == [b""]
    assert not {"authorization", "signature", "signature-input"} & set(seen.headers)
    rest_rig.partner = replace(rest_rig.partner, id="opr-uji-b")
    send(rest_rig, secrets)
    assert shown[1] == der(secrets.certificates["opr-uji-b"][0])
    assert {"authorization", "signature"} <= set(rest_rig.server.seen[1].headers)


def test_a_key_of_another_certificate_is_refused_before_any_connection(rest_rig: RestRig) -> None:
    mixed = pair(CA, "a")[0], pair(CA, "b")[1]
    error = refused(rest_rig, Login(certificates={"opr-uji-a": mixed}))
    assert "can't be used together" in str(error)
    assert rest_rig.server.connections == 0


def test_a_secret_that_cant_be_opened_stops_the_send_with_its_hint(rest_rig: RestRig) -> None:
    class Open(Login):
        """A file that others can read."""

        def bearer(self, partner: str) -> str | None:
            raise NotPermitted("bearer.jwe is open to others", hint="chmod 600")

    assert refused(rest_rig, Open()).hint == "chmod 600"
    assert rest_rig.server.connections == 0


def test_the_token_goes_with_every_request(rest_rig: RestRig) -> None:
    secrets = Login(bearers={"opr-uji-a": TOKEN})
    rest_rig.put_reply("a", b"statement")
    with channels(secrets).open(rest_rig.partner) as adapter:
        adapter.send(DELIVERY, parcel())
        adapter.say(MESSAGE)
        adapter.collect(Keeper())
        adapter.probe()
    seen = rest_rig.server.seen
    assert {one.method for one in seen} >= {"POST", "GET", "DELETE"}
    assert {one.headers.get("authorization") for one in seen} == {f"Bearer {TOKEN}"}


def test_a_redirect_gets_the_token_nowhere_else(rest_rig: RestRig) -> None:
    with TlsServer(ca=rest_rig.server.ca) as other:
        rest_rig.server.behaviour = status(307, Location=other.uri())
        refused(rest_rig, Login(bearers={"opr-uji-a": TOKEN}))
        assert other.connections == 0


@pytest.mark.parametrize("code", [307, 400, 401, 403, 429, 500, 503])
def test_no_error_and_no_log_shows_a_secret(
    rest_rig: RestRig, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chain, key = pair(CA, "a")
    secrets = Login(bearers={"opr-uji-a": TOKEN}, certificates={"opr-uji-a": (chain, key)})
    rest_rig.server.behaviour = status(code)
    with pytest.raises(SendError) as caught:
        send(rest_rig, secrets)
    told = f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r} {caplog.text}"
    assert TOKEN not in told and "PRIVATE KEY" not in told


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Evil: 1", "\u00e9", "a\n", "x" * 5000])
def test_what_is_no_token_is_never_put_into_a_header(rest_rig: RestRig, token: str) -> None:
    error = refused(rest_rig, Login(bearers={"opr-uji-a": token}))
    assert not token or token not in str(error)
    assert rest_rig.server.connections == 0


# RFC 9421


def signer_and_pin(algorithm: Algorithm) -> tuple[PrivateSigner, PinnedKey]:
    """A request key and what the partner pins of it."""
    key = generate(algorithm)
    owner = Owner(OwnerKind.GATEWAY, "komdigi")
    pin = jwk.pinned_key(key.public_key(), owner, Role.REQUEST, 0, 2**60)
    return PrivateSigner(key), pin  # type: ignore[arg-type]  # only signing algorithms are given


def check(rig: RestRig, seen: Seen, pin: PinnedKey, nonces: set[str]) -> PinnedKey:
    """As the partner's service verifies a request."""

    def use(nonce: str) -> bool:
        new = nonce not in nonces
        nonces.add(nonce)
        return new

    target = f"https://localhost:{rig.server.port}{seen.path}"
    keys = {pin.kid: pin}.get
    at = StillClock().now()
    lines = list(seen.headers.items())
    return http_signatures.verify(seen.method, target, lines, seen.body, keys, at, use)


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ES256])
def test_every_request_is_signed_so_that_the_partner_can_verify_it(
    rest_rig: RestRig, algorithm: Algorithm
) -> None:
    signer, pin = signer_and_pin(algorithm)
    rest_rig.put_reply("a", b"statement")
    with channels(Login(signers={"opr-uji-a": signer})).open(rest_rig.partner) as adapter:
        adapter.send(DELIVERY, parcel())
        adapter.say(MESSAGE)
        adapter.collect(Keeper())
    nonces: set[str] = set()
    methods = [seen.method for seen in rest_rig.server.seen]
    for seen in rest_rig.server.seen:
        assert check(rest_rig, seen, pin, nonces) == pin
    assert methods == ["POST", "POST", "GET", "GET", "DELETE"]
    assert len(nonces) == len(methods)
    with pytest.raises(NotVerified) as caught:
        check(rest_rig, rest_rig.server.seen[0], pin, nonces)
    assert caught.value.reason == "replayed"


def test_a_pushed_parcel_is_signed_with_the_words_of_the_profile(rest_rig: RestRig) -> None:
    signer, _pin = signer_and_pin(Algorithm.ED25519)
    send(rest_rig, Login(signers={"opr-uji-a": signer}))
    stated = rest_rig.server.seen[0].headers["signature-input"]
    covered = " ".join(f'"{name}"' for name in http_profile.required("POST"))
    assert stated.startswith(f"palang=({covered});created=1760000000;")
    for part in (f'keyid="{signer.kid}"', 'alg="ed25519"', "expires=1760000300", 'tag="palang"'):
        assert part in stated
