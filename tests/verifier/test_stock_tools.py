"""Statements as openssl and gpg make them, read by the file as by Palang's own code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.x509 import SubjectKeyIdentifier

import palang_verify
from gateway.domain.times import DAY, to_wire
from gateway.domain.trust import Role, Trust, write_trust
from keys import cms_signed, openpgp
from tests.keys import gnupg, openpgp_parts, openssl
from tests.keys.cms_parts import PINS, SIGNERS
from tests.keys.parties import NOW, OPERATOR
from tests.peers.tsa import Authority
from tests.vectors.bundle_goods import FEWER, Story, stamped
from tests.vectors.bundle_keys import FixedKeys
from tests.vectors.lying import DELIVERY
from tests.verifier.both import of_file, of_palang

PAYLOAD = b'{"v":1,"typ":"ack","remark":"as it is"}\n'
FORMS = {
    "DER": ("-nodetach", "-binary", "-keyid", "-outform", "DER"),
    "DER with the certificate": ("-nodetach", "-binary", "-outform", "DER"),
    "PEM": ("-nodetach", "-binary", "-keyid", "-outform", "PEM"),
    "in pieces": ("-nodetach", "-binary", "-stream", "-outform", "DER"),
    "S/MIME": ("-nodetach", "-binary", "-keyid"),
    "multipart/signed": ("-keyid",),
}


@pytest.mark.openssl
@pytest.mark.long
def test_every_form_that_openssl_writes_is_read_as_palang_reads_it(tmp_path: Path) -> None:
    tool, pins = openssl.at(tmp_path), palang_verify.Pins(write_trust(PINS), "trust")
    for name in ("ES256", "RSA-PSS"):
        for form, options in FORMS.items():
            if (name, form) == ("RSA-PSS", "in pieces"):
                continue  # openssl 3.0 writes none
            data = tool.sign(name, PAYLOAD, *options)
            theirs, key = cms_signed.verify_message(data, OPERATOR, Role.STATEMENT, PINS, NOW)
            assert palang_verify.form_of(data) == "CMS"
            assert palang_verify.open_cms(data, pins) == (theirs, key.kid), form
            assert palang_verify.payload_of(data) == theirs


@pytest.mark.openssl
@pytest.mark.long
def test_a_statement_has_exactly_one_signer(tmp_path: Path) -> None:
    tool, pins = openssl.at(tmp_path), palang_verify.Pins(write_trust(PINS), "trust")
    other = ("-signer", "RSA-PSS.crt", "-inkey", "RSA-PSS.key")
    data = tool.sign("ES256", PAYLOAD, *other, "-nodetach", "-binary", "-outform", "DER")
    with pytest.raises(palang_verify.Wrong, match="one signer, not 2"):
        palang_verify.open_cms(data, pins)


@pytest.mark.openssl
@pytest.mark.long
def test_a_time_stamp_that_is_older_than_an_event_is_refused(tmp_path: Path) -> None:
    authority, keys = Authority(tmp_path), FixedKeys()

    def later(story: Story) -> None:
        story.answers["ack"] = replace(story.answers["ack"], at=story.clock + 200 * DAY)

    first = Story(keys, DELIVERY, FEWER, ("answers", later))
    token = authority.stamp(first.note.encode())
    stamp = ("dossier", stamped(token))
    data = Story(keys, DELIVERY, FEWER, ("answers", later), stamp).data
    trust = keys.stamped(authority.root)
    mine = of_file(data, palang_verify.Pins(write_trust(trust), "trust"))
    assert mine == of_palang(data, trust)
    assert (29, "timestamp") in mine.reasons


@pytest.mark.openssl
@pytest.mark.long
def test_a_certificate_with_a_pinned_keys_identifier_lends_it_to_nobody(tmp_path: Path) -> None:
    """A stranger's key in a certificate that comes along and names the pinned key."""
    tool, pins = openssl.at(tmp_path), palang_verify.Pins(write_trust(PINS), "trust")
    pinned = SIGNERS["ES256"].key.public_key()
    identifier = SubjectKeyIdentifier.from_public_key(pinned).digest.hex()
    (tmp_path / "forged.cnf").write_text(f"subjectKeyIdentifier={identifier}\n")
    tool.run("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "forged.key")
    made = ("x509", "-req", "-in", "forged.csr", "-extfile", "forged.cnf", "-out", "forged.crt")
    tool.run("req", "-new", "-key", "forged.key", "-subj", "/CN=forged", "-out", "forged.csr")
    tool.run(*made, "-CA", "issuer.crt", "-CAkey", "issuer.key")
    key = ("-signer", "forged.crt", "-inkey", "forged.key", "-keyid", "-md", "sha256")
    for certificates in ((), ("-nocerts",)):
        head = ("cms", "-sign", "-nodetach", "-binary", "-outform", "DER")
        data = tool.run(*head, *key, *certificates, data=PAYLOAD)
        with pytest.raises(palang_verify.Wrong, match="openssl cms -verify does not take it"):
            palang_verify.open_cms(data, pins)


@pytest.mark.gpg
@pytest.mark.long
def test_every_form_that_gpg_writes_is_read_as_palang_reads_it() -> None:
    with gnupg.key_ring() as ring:
        certificate = ring.new_key("opr-uji-a", "rsa3072")
        pin = openpgp_parts.newest(certificate, OPERATOR, Role.STATEMENT)
        trust = Trust("palang-uji", [pin])
        pins = palang_verify.Pins(write_trust(trust), "trust")
        for options in (("--sign",), ("--armor", "--sign"), ("--clearsign",), ("-z0", "--sign")):
            data = ring.run("-u", "opr-uji-a", *options, data=PAYLOAD)
            theirs, key = openpgp.verify_message(data, OPERATOR, Role.STATEMENT, trust, NOW)
            assert palang_verify.form_of(data) == "OpenPGP"
            assert palang_verify.open_pgp(data, pins, to_wire(NOW)) == (theirs, key.kid), options
            assert palang_verify.payload_of(data) == theirs
            bent = data.replace(b"as it is", b"as it was")
            if bent != data:
                with pytest.raises(palang_verify.Wrong, match="gpg --verify"):
                    palang_verify.open_pgp(bent, pins, to_wire(NOW))
