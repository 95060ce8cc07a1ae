"""`palang key export`: files that openssl and gpg take, for the key that the gateway uses."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateway.domain.fingerprints import phone_text
from gateway.domain.ids import Envelope
from gateway.domain.trust import SEALING, Algorithm, PinnedKey, Role
from gateway.main.wiring import Gateway
from keys import exports, jwk
from keys.exceptions import Weakness
from tests.cli.desk import Desk
from tests.keys import cms_parts, openpgp_parts
from tests.keys.parties import GATEWAY, GATEWAY_MANIFEST, NOW, held


def test_the_certificate_is_of_the_key_that_signs_for_openssl(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "gateway.crt"
    told = desk.done("key", "export", "--form", "certificate", "--out", out)
    key = x509.load_pem_x509_certificate(out.read_bytes()).public_key()
    pins = {one["kid"]: one["alg"] for one in desk.done("key", "list")["keys"]}
    assert (jwk.key_id(key), pins[told["kid"]]) == (told["kid"], "ES256")  # type: ignore[arg-type]  # P-256
    assert told["fingerprint"] == phone_text(told["kid"])


def test_the_statement_key_is_exported_for_answers(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "gateway.pem"
    told = desk.done("key", "export", "--role", "statement", "--form", "pem", "--out", out)
    key = load_pem_public_key(out.read_bytes())
    assert isinstance(key, Ed25519PublicKey) and jwk.key_id(key) == told["kid"]
    again = desk.run("key", "export", told["kid"], "--form", "pem", "--out", out)
    assert again.exit_code != 0 and "gateway.pem exists" in again.stderr


def test_a_key_that_is_not_there_is_told(desk: Desk, tmp_path: Path) -> None:
    words = ("--out", tmp_path / "new")
    none = desk.run("key", "export", "--form", "asc", *words)
    assert "no valid manifest key for OpenPGP" in none.stderr
    other = desk.run("key", "export", "A" * 43, "--form", "pem", *words)
    assert "the gateway has no key" in other.stderr
    kid = next(k["kid"] for k in desk.done("key", "list")["keys"] if k["kind"] == "gateway")
    wrong = desk.run("key", "export", kid, "--form", "asc", *words)
    assert "which has no form asc" in wrong.stderr
    assert not (tmp_path / "new").exists()


def test_an_openpgp_key_is_exported_as_it_is_pinned() -> None:
    pin = openpgp_parts.MANIFEST.pin
    assert exports.export(pin, "asc").decode() == pin.public


@pytest.mark.parametrize("algorithm", [a for a in Algorithm if a is not Algorithm.OPENPGP])
def test_every_other_key_has_a_certificate_that_carries_it(algorithm: Algorithm) -> None:
    pin = _pin(algorithm)
    found = x509.load_pem_x509_certificate(exports.export(pin, "certificate"))
    assert jwk.key_id(found.public_key()) == pin.kid  # type: ignore[arg-type]  # of our kinds
    carried = found.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert carried == jwk.subject_key_identifier(found.public_key())  # type: ignore[arg-type]  # same
    window = (found.not_valid_before_utc.timestamp(), found.not_valid_after_utc.timestamp())
    assert window == (pin.not_before / 1e6, pin.not_after / 1e6)
    assert pin.not_before < NOW < pin.not_after


def _pin(algorithm: Algorithm) -> PinnedKey:
    sealing = algorithm in SEALING
    if algorithm in (Algorithm.PS256, Algorithm.RSA_OAEP):
        return cms_parts.rsa(Role.SEAL if sealing else Role.MANIFEST).pin
    if algorithm is Algorithm.ED25519:
        return GATEWAY_MANIFEST.pin
    return held(GATEWAY, Role.SEAL if sealing else Role.MANIFEST, algorithm).pin


def test_a_recorded_exception_counts_where_a_source_s_list_is_opened(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.home / "exceptions.toml").write_text(
        '[[exception]]\npartner = "iasc"\nweakness = "cms-cbc"\nsince = "2026-11-01T00:00:00Z"\n'
        'until = "2027-05-01T00:00:00Z"\nreason = "an old tool"\nby = "siti"\n'
    )
    asked: list[frozenset[Weakness]] = []

    def opened(*args: object) -> tuple[Envelope, bytes]:
        asked.append(args[3])  # type: ignore[arg-type]  # the exceptions
        return Envelope.CMS, b"opened"

    monkeypatch.setattr("keys.envelopes.open_sealed", opened)
    gateway = Gateway(desk.home)
    try:
        for partner in ("iasc", "opr-uji-a"):
            assert gateway.lists.unseal(b"sealed", partner, NOW) == b"opened"
    finally:
        gateway.close()
    assert asked == [frozenset({Weakness.CBC}), frozenset()]
