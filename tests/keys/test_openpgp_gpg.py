"""Parcels, signatures and certificates beside the real gpg, in both directions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from gateway.domain.times import DAY, SECOND
from gateway.domain.trust import PinnedKey, Role, Trust
from keys import openpgp
from keys import openpgp_certificates as certificates
from tests.keys.gnupg import Gpg, key_ring
from tests.keys.openpgp_parts import MANIFEST, SEAL, newest
from tests.keys.parties import FROM, GATEWAY, NOW, OPERATOR, UNTIL, refused

pytestmark = pytest.mark.gpg

RSA_KEY = Path(__file__).parent / "openpgp_rsa3072.asc"
PARCEL = b"PK\x03\x04" + hashlib.shake_256(b"a parcel").digest(100_000)
CSV = b"#palang 7.opr-uji-a.1 sha256:ab\nentry;disposition;scope;at\n1;diblokir_total;total;\n"
TEXT = b"- 1;a \nFrom b\n\n.\n-----BEGIN\n" * 3


@dataclass(frozen=True)
class Partner:
    """A partner's key in gpg, pinned here for its two roles."""

    name: str
    statement: PinnedKey
    seal: PinnedKey

    @property
    def trust(self) -> Trust:
        """What the gateway knows."""
        return Trust(GATEWAY.id, [self.statement, self.seal])


@pytest.fixture(scope="module")
def gpg() -> Iterator[Gpg]:
    """One key ring, with the gateway's two certificates."""
    with key_ring() as ring:
        for one in (MANIFEST, SEAL):
            ring.run("--import", data=one.pin.public.encode())
        yield ring


def made(gpg: Gpg, name: str, algorithm: str = "future-default") -> Partner:
    """A new key in gpg, as its certificate comes in."""
    return pinned(name, gpg.new_key(name, algorithm))


def pinned(name: str, exported: bytes) -> Partner:
    """A key as its certificate comes in."""
    return Partner(
        name, newest(exported, OPERATOR, Role.STATEMENT), newest(exported, OPERATOR, Role.SEAL)
    )


@pytest.fixture(scope="module", params=["ed25519", "rsa3072"])
def partner(request: pytest.FixtureRequest, gpg: Gpg) -> Partner:
    """What gpg 2.4 makes where nothing is asked for, and what gpg 2.2 makes."""
    name = f"{request.param}@uji.example"
    if request.param == "ed25519":
        return made(gpg, name)
    gpg.run("--import", str(RSA_KEY))  # its making takes seconds
    return pinned(name, gpg.certificate(name))


def test_gpg_opens_what_we_seal(gpg: Gpg, partner: Partner) -> None:
    assert gpg.run("--decrypt", data=openpgp.seal(PARCEL, partner.seal)) == PARCEL
    refused("wrong-role", lambda: openpgp.seal(PARCEL, partner.statement))


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--compress-algo", "none"),
        ("--compress-algo", "bzip2"),
        ("--armor",),
        ("--cipher-algo", "AES128"),
    ],
    ids=["as it comes", "not compressed", "bzip2", "armour", "aes128"],
)
def test_we_open_what_gpg_seals(gpg: Gpg, options: tuple[str, ...]) -> None:
    for data in (PARCEL, CSV * 1000):  # the first can't be compressed; a pipe has no length
        message = gpg.run("--encrypt", "--recipient", SEAL.pin.kid[4:], *options, data=data)
        assert openpgp.open_sealed(message, SEAL.openers) == data


def test_gpg_verifies_what_we_sign(gpg: Gpg, tmp_path: Path) -> None:
    file, detached = tmp_path / "manifest.json", tmp_path / "manifest.json.asc"
    file.write_bytes(b"{}")
    detached.write_bytes(openpgp.sign_detached(b"{}", MANIFEST.signer))
    said = gpg.run("--status-fd", "1", "--verify", str(detached), str(file)).decode()
    assert f"VALIDSIG {MANIFEST.pin.kid[4:].upper()} " in said
    file.write_bytes(b"{ }")
    assert gpg.ask("--verify", str(detached), str(file)).returncode != 0


@pytest.mark.parametrize("how", ["--sign", "--clearsign"])
@pytest.mark.parametrize("digest", ["SHA256", "SHA512"])
def test_a_confirmation_signed_by_gpg_is_read(
    gpg: Gpg, partner: Partner, how: str, digest: str
) -> None:
    signed = gpg.run("-u", partner.name, "--digest-algo", digest, how, data=CSV)
    args = (OPERATOR, Role.STATEMENT, partner.trust, NOW)
    assert openpgp.verify_message(signed, *args) == (CSV, partner.statement)


def test_a_clear_text_keeps_its_lines(gpg: Gpg, partner: Partner) -> None:
    args = (OPERATOR, Role.STATEMENT, partner.trust, NOW)
    for text in (TEXT, TEXT.replace(b"\n", b"\r\n"), TEXT + b"no end of line"):
        signed = gpg.run("-u", partner.name, "--clearsign", data=text)
        lines = [line.rstrip() for line in text.removesuffix(b"\n").split(b"\n")]
        assert openpgp.verify_message(signed, *args)[0] == b"\n".join(lines) + b"\n"


def test_a_detached_signature_of_gpg_holds(gpg: Gpg, partner: Partner) -> None:
    args = (OPERATOR, Role.STATEMENT, partner.trust, NOW)
    for options in (("--armor",), ()):
        found = gpg.run("-u", partner.name, "--detach-sign", *options, data=CSV)
        assert openpgp.verify_detached(found, CSV, *args) == partner.statement
        refused("signature", partial(openpgp.verify_detached, found, CSV + b"\n", *args))


@pytest.fixture(scope="module")
def two(gpg: Gpg) -> tuple[Partner, Partner]:
    """Two small keys."""
    first, second = (made(gpg, f"{n}@uji.example") for n in ("one", "two"))
    return first, second


def test_two_signers_are_refused(gpg: Gpg, two: tuple[Partner, Partner]) -> None:
    first, second = two
    trust = Trust(GATEWAY.id, [first.statement, second.statement])
    args = (OPERATOR, Role.STATEMENT, trust, NOW)
    both = ("-u", first.name, "-u", second.name)
    for how in ("--sign", "--clearsign"):
        document = gpg.run(*both, how, data=CSV)
        refused("malformed", partial(openpgp.verify_message, document, *args))
    detached = gpg.run(*both, "--armor", "--detach-sign", data=CSV)
    refused("malformed", lambda: openpgp.verify_detached(detached, CSV, *args))


def test_other_ways_to_encrypt_are_refused(gpg: Gpg, two: tuple[Partner, Partner]) -> None:
    symmetric = ("--passphrase", "x", "--s2k-count", "65536", "--symmetric")
    ours, theirs = ("--recipient", SEAL.pin.kid[4:]), ("--recipient", two[0].name)
    for reason, how in (
        ("malformed", ("--encrypt", *ours, *theirs)),
        ("unknown-key", ("--encrypt", *theirs)),
        ("unknown-key", ("--encrypt", "--throw-keyids", *ours)),
        ("malformed", (*symmetric,)),
        ("malformed", (*symmetric, "--encrypt", *ours)),
        ("malformed", ("--store",)),
        ("malformed", ("--sign", "--encrypt", "-u", two[0].name, *ours)),
    ):
        message = gpg.run(*how, data=PARCEL)
        refused(reason, partial(openpgp.open_sealed, message, SEAL.openers))


def test_other_ways_to_sign_are_refused(gpg: Gpg, two: tuple[Partner, Partner]) -> None:
    partner, other = two
    args = (OPERATOR, Role.STATEMENT, partner.trust, NOW)
    me = ("-u", partner.name)
    for reason, how in (
        ("malformed", (*me, "--textmode", "--sign")),
        ("malformed", ("--store",)),
        ("malformed", (*me, "--sign", "--encrypt", "--recipient", SEAL.pin.kid[4:])),
        ("malformed", (*me, "--sig-notation", "!a@uji.example=b", "--sign")),
        ("wrong-alg", (*me, "--digest-algo", "SHA1", "--sign")),
        ("unknown-key", ("-u", other.name, "--sign")),
        ("malformed", (*me, "--armor", "--detach-sign")),
    ):
        document = gpg.run(*how, data=CSV)
        refused(reason, partial(openpgp.verify_message, document, *args))


def test_the_pin_decides_and_not_what_the_certificate_says_of_its_end(gpg: Gpg) -> None:
    born = FROM // SECOND
    past = ("--faked-system-time", str(born))
    gpg.run(*past, "--quick-gen-key", "short@uji.example", "future-default", "default", "5d")
    exported = gpg.run(*past, "--armor", "--export", "=short@uji.example")
    (one,) = certificates.usable(exported, Role.STATEMENT)
    assert one.ends == born + 5 * DAY // SECOND
    pin = newest(exported, OPERATOR, Role.STATEMENT)
    signed = gpg.run(*past, "-u", "short@uji.example", "--sign", data=CSV)
    args = (OPERATOR, Role.STATEMENT)
    wide, narrow = (Trust(GATEWAY.id, [p]) for p in (pin, replace(pin, not_after=FROM + DAY)))
    assert openpgp.verify_message(signed, *args, wide, NOW)[0] == CSV
    refused("key-not-valid", lambda: openpgp.verify_message(signed, *args, narrow, NOW))
    seal = newest(exported, OPERATOR, Role.SEAL)
    assert gpg.run("--decrypt", data=openpgp.seal(PARCEL, seal)) == PARCEL


def test_a_signature_with_an_end_counts_until_then(gpg: Gpg, two: tuple[Partner, Partner]) -> None:
    past = ("--faked-system-time", str(NOW // SECOND))
    gpg.run(*past, "--quick-gen-key", "once@uji.example", "future-default", "default", "never")
    pin = newest(gpg.certificate("once@uji.example"), OPERATOR, Role.STATEMENT)
    signed = gpg.run(
        *past, "-u", "once@uji.example", "--default-sig-expire", "2d", "--sign", data=CSV
    )
    args = (OPERATOR, Role.STATEMENT, Trust(GATEWAY.id, [pin]))
    assert openpgp.verify_message(signed, *args, NOW + 2 * DAY - 1)[0] == CSV
    refused("expired", lambda: openpgp.verify_message(signed, *args, NOW + 2 * DAY))


def test_a_revoked_certificate_says_so_when_it_comes_in(gpg: Gpg) -> None:
    partner = made(gpg, "gone@uji.example")
    fingerprint = gpg.fingerprint(partner.name)
    file = gpg.home / "openpgp-revocs.d" / f"{fingerprint}.rev"
    gpg.run("--import", data=file.read_bytes().replace(b":-----BEGIN", b"-----BEGIN"))
    (one,) = certificates.usable(gpg.certificate(partner.name), Role.STATEMENT)
    assert one.revoked
    assert one.kid == partner.statement.kid


def test_a_certificate_with_a_subkey_for_each_use_serves_both_roles(gpg: Gpg) -> None:
    name = "p256@uji.example"
    gpg.run("--quick-gen-key", name, "nistp256", "cert", "never")
    for algorithm, use in (("ed25519", "sign"), ("nistp256", "encr")):
        gpg.run("--quick-add-key", gpg.fingerprint(name), algorithm, use, "never")
    exported = gpg.certificate(name)
    seal = newest(exported, OPERATOR, Role.SEAL)
    assert gpg.run("--decrypt", data=openpgp.seal(PARCEL, seal)) == PARCEL
    pin = newest(exported, OPERATOR, Role.STATEMENT)
    assert pin.kid[4:].upper() != gpg.fingerprint(name)
    signed = gpg.run("-u", name, "--sign", data=CSV)
    trust = Trust(GATEWAY.id, [pin])
    assert openpgp.verify_message(signed, OPERATOR, Role.STATEMENT, trust, NOW) == (CSV, pin)
    assert pin.valid_at(UNTIL - 1)
