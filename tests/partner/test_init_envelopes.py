"""`init --envelope`: keys that fit it, on a card that names it; for cms of use to openssl too."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.domain.ids import Envelope
from gateway.domain.statements import About, Ack
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from keys.documents import Documents
from keys.envelopes import EnvelopeSealer, open_sealed
from partner import outgoing, setup
from partner.identity import pin
from partner.kit import Kit, load_kit
from partner.renewing import Renewal, renew
from partner.setup import Wanted
from tests.partner.factory import FakeClock, Gateway

SEALS = {
    Envelope.JOSE: Algorithm.ECDH_X25519,
    Envelope.CMS: Algorithm.ECDH_P256,
    Envelope.OPENPGP: Algorithm.OPENPGP,
}
PLAIN = b"PK\x03\x04 the parcel"
DIGEST = "sha256:" + "ab" * 32


def made(home: Path, gateway: Gateway, envelope: Envelope) -> Kit:
    """A kit for this envelope."""
    wanted = Wanted(
        id="opr-uji-a",
        name="Operator Uji A",
        kind="operator",
        gateway=gateway.name,
        channel="pull:opr-uji-a",
        reply="pull:opr-uji-a",
        peer="",
        contacts=("noc",),
        test=True,
        days=30,
        envelope=envelope,
    )
    clock = FakeClock()
    setup.init(home, wanted, {}, clock.now())
    pin(home, gateway.trust(), gateway.name, clock.now(), replace=False)
    return load_kit(home, clock, {})


def key(kit: Kit, role: Role) -> PinnedKey:
    """Its newest key of this role."""
    return max((k for k in kit.identity.trust.keys if k.role is role), key=lambda k: k.not_before)


@pytest.mark.parametrize("envelope", list(Envelope))
def test_the_kit_opens_what_its_card_names_and_what_it_says_is_believed(
    tmp_path: Path, envelope: Envelope
) -> None:
    kit = made(tmp_path / "kit", Gateway(), envelope)
    assert kit.identity.envelopes == {envelope}
    recipient = key(kit, Role.SEAL)
    assert recipient.alg is SEALS[envelope]
    sealed = EnvelopeSealer().seal(PLAIN, envelope, recipient)
    assert open_sealed(sealed, kit.openers, kit.identity.envelopes) == (envelope, PLAIN)
    me, at = kit.identity, kit.clock.now()
    ack = Ack(me.id, me.gateway, at, About(1, 1, DIGEST, DIGEST), "positive")
    said = outgoing.sign(kit, ack, "7.opr-uji-a.1").body
    owner = Owner(OwnerKind.PARTNER, me.id)
    read = Documents().open_statement(said, owner, Role.STATEMENT, me.trust, at, me.gateway)
    assert read.statement == replace(ack, at=read.statement.at)


@pytest.mark.parametrize("envelope", list(Envelope))
def test_further_keys_are_of_the_same_kind(tmp_path: Path, envelope: Envelope) -> None:
    kit = made(tmp_path / "kit", Gateway(), envelope)
    secret = (tmp_path / "kit" / str(kit.settings.unlock_file)).read_bytes().strip()
    opened = renew(kit, Renewal(begin=7), secret)
    kinds = [one.alg for one in opened.keys if one.role is Role.SEAL]
    assert kinds == [SEALS[envelope]] * 2


@pytest.mark.openssl
def test_the_files_of_a_cms_kit_serve_openssl(tmp_path: Path) -> None:
    kit = made(tmp_path / "kit", Gateway(), Envelope.CMS)
    secret = (tmp_path / "kit" / str(kit.settings.unlock_file)).read_text().strip()
    paths = {
        r: kit.home / "keys" / f"{r}-{key(kit, r).kid}.pem" for r in (Role.SEAL, Role.STATEMENT)
    }

    def openssl(role: Role, *words: str, data: bytes) -> bytes:
        """`openssl cms` with the kit's key of this role."""
        mine = ["-inkey", str(paths[role]), "-passin", "env:SECRET", "-inform", "DER"]
        done = subprocess.run(
            ["openssl", "cms", *words, *(mine if role is Role.SEAL else mine[:4])],
            input=data,
            capture_output=True,
            env={"PATH": os.environ["PATH"], "SECRET": secret},
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    sealed = EnvelopeSealer().seal(PLAIN, Envelope.CMS, key(kit, Role.SEAL))
    assert openssl(Role.SEAL, "-decrypt", data=sealed) == PLAIN
    carrier = str(paths[Role.SEAL].with_suffix(".crt"))
    how = ("-encrypt", "-aes-256-gcm", "-binary", "-keyid", "-recip", carrier, "-outform", "DER")
    theirs = subprocess.run(
        ["openssl", "cms", *how, "-keyopt", "ecdh_kdf_md:sha256"],
        input=PLAIN,
        capture_output=True,
        timeout=60,
        check=True,
    ).stdout
    assert open_sealed(theirs, kit.openers, {Envelope.CMS})[1] == PLAIN
    me, at = kit.identity, kit.clock.now()
    table = f"#palang 7.{me.id}.1 {DIGEST}\nentry;disposition;scope;at\n".encode()
    table += b"1;diblokir_total;total;2026-11-24T06:00:00Z\n"
    signer = str(paths[Role.STATEMENT].with_suffix(".crt"))
    sign = ("-sign", "-binary", "-nodetach", "-md", "sha256", "-signer", signer, "-outform", "DER")
    said = openssl(Role.STATEMENT, *sign, data=table)
    owner = Owner(OwnerKind.PARTNER, me.id)
    read = Documents().open_statement(said, owner, Role.STATEMENT, me.trust, at, me.gateway)
    assert read.key == key(kit, Role.STATEMENT)
