"""Every cell of the matrix in docs/envelopes.md: who makes, who reads, what comes of it.

`python -m tests.keys.matrix` writes the tables into the document again.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from jwcrypto import jwe as peer_jwe  # type: ignore[import-untyped]  # it ships no types
from jwcrypto import jws as peer_jws

from gateway.domain import statements
from gateway.domain.ids import Envelope
from gateway.domain.statements import Confirmation
from gateway.domain.trust import COUNTERSIGNS_WITH, Role, Trust
from keys import cms_signed, jose, openpgp
from keys.documents import Documents
from keys.envelopes import EnvelopeSealer, open_sealed
from tests.keys import openssl
from tests.keys.cms_parts import OPENERS, PINS, SEALS, SIGNERS
from tests.keys.gnupg import Gpg, key_ring
from tests.keys.openpgp_parts import MANIFEST, newest
from tests.keys.openpgp_parts import SEAL as PGP_SEAL
from tests.keys.parties import (
    ACK,
    ACK_BYTES,
    GATEWAY,
    NOW,
    OPERATOR,
    SEAL,
    SEAL_P256,
    STATEMENT,
    STATEMENT_ES256,
    TRUST,
    Held,
    good_header,
)
from tests.keys.test_interop_jwcrypto import compact, private, public

DOCUMENT = Path(__file__).parents[2] / "docs" / "envelopes.md"
PARCEL = b"PK\x03\x04" + bytes(range(256)) * 400
TABLE = (
    b"#palang 7.opr-uji-a.1 sha256:" + b"ab" * 32 + b"\n"
    b"entry;disposition;scope;at\n1;diblokir_total;total;2026-11-24T06:00:00Z\n"
)
_NO = "no"
_NO_X25519 = f"{_NO}: openssl 3.0 has no X25519 in CMS"
_NO_ED25519 = f"{_NO}: openssl 3.0 has no Ed25519 in CMS"


class Cell(NamedTuple):
    """One line of a table. `expected` begins with "no" where the tool can't do it."""

    what: str
    key: str
    maker: str
    reader: str
    expected: str
    run: Callable[[], object]

    def holds(self) -> bool:
        """Whether what happens is what is expected."""
        try:
            self.run()
        except Exception:  # noqa: BLE001  whatever a tool says when it can't
            return self.expected.startswith(_NO)
        return not self.expected.startswith(_NO)


def same(found: object, expected: object) -> None:
    """Raise unless they are equal."""
    if found != expected:
        raise AssertionError("another content came out")


def _documents(data: bytes, pins: Trust = PINS) -> Any:
    found = Documents().open_statement(data, OPERATOR, Role.STATEMENT, pins, NOW, GATEWAY.id)
    return found.statement


def _opened(data: bytes) -> bytes:
    return open_sealed(data, OPENERS, {Envelope.CMS})[1]


def _says_all(sign: Callable[[bytes], bytes], pins: Trust = PINS) -> None:
    """A statement in JSON and one as a table, both signed so."""
    same(_documents(sign(ACK_BYTES), pins), ACK)
    told = _documents(sign(TABLE), pins)
    if not isinstance(told, Confirmation):
        raise TypeError("expected a confirmation")
    same((told.iss, told.aud, told.rows[0].entry), (OPERATOR.id, GATEWAY.id, 1))


# openssl

_SEALED_FORMS = {
    "DER": ("-outform", "DER"),
    "BER (-stream)": ("-outform", "DER", "-stream"),
    "S/MIME": ("-outform", "SMIME"),
    "PEM": ("-outform", "PEM"),
}
_SIGNED_FORMS = {
    "DER": ("-nodetach", "-binary", "-outform", "DER"),
    "BER (-stream)": ("-nodetach", "-binary", "-outform", "DER", "-stream"),
    "S/MIME": ("-nodetach", "-outform", "SMIME"),
    "S/MIME, CRLF": ("-nodetach", "-outform", "SMIME", "-crlfeol"),
    "S/MIME, two parts": ("-outform", "SMIME"),
    "PEM, -keyid": ("-nodetach", "-outform", "PEM", "-keyid"),
}


def openssl_cells(tool: openssl.Openssl) -> Iterator[Cell]:
    """`openssl cms` as a partner uses it."""
    for name, to in SEALS.items():
        known = _NO_X25519 if name == "X25519" else "yes"
        yield Cell("parcel, DER", name, "Palang", "openssl", known, _theirs(tool, name, to))
        for form, options in _SEALED_FORMS.items():
            yield Cell(
                f"parcel, {form}", name, "openssl", "Palang", known, _ours(tool, name, options)
            )
    for name, by in SIGNERS.items():
        known = _NO_ED25519 if name == "Ed25519" else "yes"
        yield Cell("manifest.json.p7s", name, "Palang", "openssl", known, _verified(tool, name, by))
        if by.pin.alg in COUNTERSIGNS_WITH[Envelope.CMS]:  # we say nothing that openssl can't read
            yield Cell("answer, head", name, "Palang", "openssl", "yes", _answered(tool, name, by))
        for form, options in _SIGNED_FORMS.items():
            word = known
            if name == "RSA-PSS" and "-stream" in options:
                word = f"{_NO}: openssl 3.0 writes no RSA-PSS with -stream"
            yield Cell(
                f"statement, {form}", name, "openssl", "Palang", word, _said(tool, name, options)
            )


def _theirs(tool: openssl.Openssl, name: str, to: Held) -> Callable[[], None]:
    data = EnvelopeSealer().seal(PARCEL, Envelope.CMS, to.pin)
    return lambda: same(tool.decrypt(name, data), PARCEL)


def _ours(tool: openssl.Openssl, name: str, options: tuple[str, ...]) -> Callable[[], None]:
    return lambda: same(_opened(tool.encrypt(name, PARCEL, *options)), PARCEL)


def _verified(tool: openssl.Openssl, name: str, by: Held) -> Callable[[], None]:
    mark = cms_signed.sign_detached(ACK_BYTES, by.signer)
    return lambda: same(tool.verify(name, ACK_BYTES, mark), ACK_BYTES)


def _answered(tool: openssl.Openssl, name: str, by: Held) -> Callable[[], None]:
    message = Documents().sign_as(Envelope.CMS, ACK_BYTES, "ack", by.signer)
    return lambda: same(tool.read(name, message), ACK_BYTES)


def _said(tool: openssl.Openssl, name: str, options: tuple[str, ...]) -> Callable[[], None]:
    return lambda: _says_all(lambda data: tool.sign(name, data, *options))


# gpg


def gpg_cells(ring: Gpg) -> Iterator[Cell]:
    """gpg 2.2 with a key as it makes them where nothing is asked for."""
    for one in (MANIFEST, PGP_SEAL):
        ring.run("--import", data=one.pin.public.encode())
    mail = "partner@uji.example"
    exported = ring.new_key(mail)
    seal, statement = (newest(exported, OPERATOR, role) for role in (Role.SEAL, Role.STATEMENT))
    pins = Trust(GATEWAY.id, [statement])
    key, ours = "Ed25519, Curve25519", PGP_SEAL.pin.kid[4:]
    data = EnvelopeSealer().seal(PARCEL, Envelope.OPENPGP, seal)
    yield Cell(
        "parcel",
        key,
        "Palang",
        "gpg",
        "yes",
        lambda: same(ring.run("--decrypt", data=data), PARCEL),
    )
    for form, options in {
        "as it comes": (),
        "not compressed": ("--compress-algo", "none"),
        "armour": ("--armor",),
    }.items():
        yield Cell(f"parcel, {form}", key, "gpg", "Palang", "yes", _from_gpg(ring, ours, options))
    yield Cell("manifest.json.asc", key, "Palang", "gpg", "yes", lambda: _by_gpg(ring))
    message = Documents().sign_as(Envelope.OPENPGP, ACK_BYTES, "ack", MANIFEST.signer)
    yield Cell(
        "answer, head",
        key,
        "Palang",
        "gpg",
        "yes",
        lambda: same(ring.run("--decrypt", data=message), ACK_BYTES),
    )
    for how in ("--sign", "--sign --armor", "--clearsign"):
        yield Cell(
            f"statement, {how}", key, "gpg", "Palang", "yes", _from_signer(ring, mail, how, pins)
        )


def _from_gpg(ring: Gpg, to: str, options: tuple[str, ...]) -> Callable[[], None]:
    def run() -> None:
        data = ring.run("--encrypt", "--recipient", to, *options, data=PARCEL)
        same(openpgp.open_sealed(data, PGP_SEAL.openers), PARCEL)

    return run


def _by_gpg(ring: Gpg) -> None:
    (ring.home / "m").write_bytes(ACK_BYTES)
    (ring.home / "m.asc").write_bytes(openpgp.sign_detached(ACK_BYTES, MANIFEST.signer))
    ring.run("--verify", str(ring.home / "m.asc"), str(ring.home / "m"))


def _from_signer(ring: Gpg, mail: str, how: str, pins: Trust) -> Callable[[], None]:
    return lambda: _says_all(lambda data: ring.run("-u", mail, *how.split(), data=data), pins)


# jwcrypto


def jose_cells() -> Iterator[Cell]:
    """A second JOSE library."""
    for name, to in {"X25519": SEAL, "P-256": SEAL_P256}.items():
        yield Cell("parcel", name, "Palang", "jwcrypto", "yes", _jwe_theirs(to))
        yield Cell("parcel", name, "jwcrypto", "Palang", "yes", _jwe_ours(to))
    for name, by in {"Ed25519": STATEMENT, "ES256": STATEMENT_ES256}.items():
        yield Cell("manifest.json.jws", name, "Palang", "jwcrypto", "yes", _jws_theirs(by))
        yield Cell("answer, head", name, "Palang", "jwcrypto", "yes", _jws_answered(by))
        yield Cell("statement", name, "jwcrypto", "Palang", "yes", _jws_ours(by))


def _jwe_theirs(to: Held) -> Callable[[], None]:
    def run() -> None:
        token = peer_jwe.JWE()
        token.allowed_algs = [jose.ALG, jose.ENC]
        sealed = EnvelopeSealer().seal(PARCEL, Envelope.JOSE, to.pin)
        token.deserialize(sealed.decode(), private(to))
        same(token.payload, PARCEL)

    return run


def _jwe_ours(to: Held) -> Callable[[], None]:
    def run() -> None:
        header = {"alg": jose.ALG, "enc": jose.ENC, "kid": to.pin.kid, "typ": jose.TYP}
        token = peer_jwe.JWE(PARCEL, json.dumps(header))
        token.allowed_algs = [jose.ALG, jose.ENC]
        token.add_recipient(public(to))
        same(open_sealed(compact(token), OPENERS, {Envelope.JOSE})[1], PARCEL)

    return run


def _jws_theirs(by: Held) -> Callable[[], None]:
    def run() -> None:
        mark = Documents().sign_detached(ACK_BYTES, "manifest", by.signer)
        token = peer_jws.JWS()
        token.allowed_algs = [str(by.pin.alg)]
        token.deserialize(mark.decode())
        token.verify(public(by), detached_payload=ACK_BYTES)

    return run


def _jws_answered(by: Held) -> Callable[[], None]:
    def run() -> None:
        token = peer_jws.JWS()
        token.allowed_algs = [str(by.pin.alg)]
        said = Documents().sign_as(Envelope.JOSE, ACK_BYTES, "ack", by.signer)
        token.deserialize(said.decode())
        token.verify(public(by))
        same(token.payload, ACK_BYTES)

    return run


def _jws_ours(by: Held) -> Callable[[], None]:
    def run() -> None:
        token = peer_jws.JWS(statements.to_bytes(ACK))
        token.allowed_algs = [str(by.pin.alg)]
        token.add_signature(private(by), None, json.dumps(good_header(by)))
        same(_documents(compact(token), TRUST), ACK)

    return run


# the document


def table(cells: list[Cell]) -> str:
    """The lines of a table."""
    lines = ["| what | key | made by | read by | works |", "|---|---|---|---|---|"]
    lines += [f"| {c.what} | {c.key} | {c.maker} | {c.reader} | {c.expected} |" for c in cells]
    return "\n".join(lines)


def section(name: str) -> str:
    """What the document has between the marks of this name."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return text.split(f"<!-- {name} -->\n")[1].split("\n<!-- end -->")[0]


def main() -> None:
    """Run every cell and write the tables."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ring = stack.enter_context(key_ring())
        for name, cells in {
            "jwcrypto": list(jose_cells()),
            "openssl": list(openssl_cells(openssl.at(folder))),
            "gpg": list(gpg_cells(ring)),
        }.items():
            wrong = [cell[:5] for cell in cells if not cell.holds()]
            if wrong:
                raise SystemExit(f"not as expected: {wrong}")
            text = DOCUMENT.read_text(encoding="utf-8")
            old, new = (f"<!-- {name} -->\n{one}\n" for one in (section(name), table(cells)))
            DOCUMENT.write_text(text.replace(old, new), encoding="utf-8")


if __name__ == "__main__":
    main()
