"""A partner with openssl alone: cms parcels go out, CMS statements and signed tables come back."""

import pytest

from gateway.domain import parcel as zipped
from gateway.domain.canonical import digest
from gateway.domain.cms import der, names
from gateway.domain.delivery import State
from gateway.domain.ids import Envelope
from gateway.domain.ledger import Tag
from gateway.domain.statements import to_bytes
from gateway.domain.times import DAY, SECOND, to_wire
from gateway.domain.trust import Algorithm, PinnedKey, Role
from gateway.services.jws import statement_of
from keys import cms_signers, jwk
from keys.cms_signed import sign_detached
from keys.envelopes import kind_of, open_sealed, verify_native
from keys.files import Opener
from keys.generate import generate
from keys.keyring import KeyOpeners
from keys.raw import PrivateSigner
from tests.services.back.parts import entry, numbers
from tests.services.back.peer import Peer
from tests.services.back.world import World


def _key(algorithm: Algorithm) -> PrivateSigner:
    return PrivateSigner(generate(algorithm))  # type: ignore[arg-type]  # a signing key


def _pin(world: World, peer: Peer, role: Role, algorithm: Algorithm) -> PrivateSigner | None:
    """A newer key of the partner, of this kind."""
    key = generate(algorithm)
    begin, end = peer.window()
    pin = jwk.pinned_key(key.public_key(), peer.owner, role, begin + SECOND, end)
    world.pin(pin)
    if role is Role.SEAL:
        peer.openers.append(Opener(pin.kid, pin.alg, key))  # type: ignore[arg-type]  # a seal key
        return None
    return PrivateSigner(key)  # type: ignore[arg-type]  # a signing key


@pytest.fixture
def peer(world: World) -> Peer:
    """A partner that takes cms, and a gateway with a key that openssl can verify."""
    made = world.partner("opr-uji-a", envelope=Envelope.CMS)
    made.answers = False
    native = _key(Algorithm.ES256)
    world.keyring.native[Role.MANIFEST] = [native]
    window = made.window()
    owner = world.keyring.owner
    pin = PinnedKey(native.kid, owner, Role.MANIFEST, native.alg, native.public, *window)
    world.pin(pin)
    _pin(world, made, Role.SEAL, Algorithm.ECDH_P256)
    world.revoke(made.seal_pin)
    return made


def attached(payload: bytes, signer: PrivateSigner) -> bytes:
    """What `openssl cms -sign -nodetach` makes of it."""
    mark = sign_detached(payload, signer)
    bare = der.sequence(names.DATA)
    held = der.sequence(names.DATA, der.tlv(0xA0, der.octets(payload)))
    digests = der.tlv(0x31, der.sequence(cms_signers.form_of(signer.alg).digest))
    info = mark[mark.index(digests + bare) + len(digests + bare) :]
    body = der.sequence(der.integer(3), digests, held, info)
    return der.sequence(names.SIGNED, der.tlv(0xA0, body))


def told(world: World, peer: Peer, body: bytes) -> tuple[str, str]:
    """State and note of a statement that came."""
    peer.say(body)
    world.round(2)
    with world.store.read() as uow:
        found = uow.inbox.inbound_by_digest(digest(body))
    return str(found.state), found.reason


def test_a_cms_partner_gets_a_p7m_and_the_native_signature(world: World, peer: Peer) -> None:
    world.release([entry(n) for n in numbers(3)])
    world.round(2)
    (parcel,) = peer.arrivals
    assert str(parcel.name).endswith(".zip.p7m") and kind_of(parcel.data) is Envelope.CMS
    assert peer.openers[-1].alg is Algorithm.ECDH_P256
    plain = open_sealed(parcel.data, KeyOpeners(peer.openers[-1]), {Envelope.CMS})[1]
    contents = zipped.unpack(plain, Envelope.CMS)
    key = verify_native(
        contents.native,
        contents.manifest,
        Envelope.CMS,
        world.keyring.owner,
        world.trust(),
        world.clock.now(),
    )
    assert key.alg is Algorithm.ES256


def test_statements_of_openssl_enter_where_jws_statements_enter(world: World, peer: Peer) -> None:
    signer = _pin(world, peer, Role.STATEMENT, Algorithm.ES256)
    assert signer is not None
    world.release([entry(n) for n in numbers(3)])
    world.round(2)
    opened = peer.open(peer.arrivals[0])
    receipt = attached(to_bytes(peer.ack(opened.about)), signer)
    assert told(world, peer, receipt) == ("ACCEPTED", "")
    delivery = str(opened.manifest.delivery)
    assert world.state(delivery) is State.ACKNOWLEDGED
    assert statement_of(receipt) is not None
    at = to_wire(world.clock.now())
    head = f"#palang {delivery} {opened.manifest.digest()}\r\nentry;disposition;scope;at\r\n"
    rows = "".join(f"{n};diblokir_total;total;{at}\r\n" for n in (1, 2))
    table = attached((head + rows).encode(), signer)
    assert told(world, peer, table) == ("ACCEPTED", "")
    (said,) = world.events(Tag.CONFIRMATION_RECORD)
    assert (said["rows"], said["delivery"], said["kid"]) == (2, delivery, signer.kid)
    peer.say(table)
    world.round(2)
    assert len(world.events(Tag.CONFIRMATION_RECORD)) == 1
    world.check_ledger()


def test_a_table_by_a_stranger_of_another_delivery_or_from_tomorrow_is_refused(
    world: World, peer: Peer
) -> None:
    signer = _pin(world, peer, Role.STATEMENT, Algorithm.ES256)
    assert signer is not None
    world.release([entry(n) for n in numbers(3)])
    world.round(2)
    opened = peer.open(peer.arrivals[0])
    delivery, manifest = str(opened.manifest.delivery), opened.manifest.digest()
    now = world.clock.now()

    def table(name: str, named: str, row: str, at: int) -> bytes:
        return f"#palang {name} {named}\n{row};{to_wire(at)}\n".encode()

    good = "1;diblokir_total;total"
    for reason, by, payload in (
        ("unknown-key", _key(Algorithm.ES256), table(delivery, manifest, good, now)),
        ("unknown-parcel", signer, table("9.opr-uji-a.1", manifest, good, now)),
        ("wrong-object", signer, table(delivery, digest(b"x"), good, now)),
        ("entry-outside", signer, table(delivery, manifest, "4;diblokir_total;total", now)),
        ("wrong-action", signer, table(delivery, manifest, "1;dibuka;total", now)),
        ("malformed", signer, table(delivery, manifest, good, now + 2 * DAY)),
        ("malformed", signer, b"#palang " + manifest.encode()),
    ):
        assert told(world, peer, attached(payload, by)) == ("REFUSED", reason)
    assert world.events(Tag.CONFIRMATION_RECORD) == []


def test_a_partner_without_a_key_for_its_envelope_waits(world: World) -> None:
    peer = world.partner("opr-uji-b", envelope=Envelope.OPENPGP)
    world.release([entry(n, route="opr-uji-b") for n in numbers(1)])
    world.round(2)
    assert peer.arrivals == []
