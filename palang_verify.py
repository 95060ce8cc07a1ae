#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check an evidence bundle of a Palang gateway: offline, with pinned keys, by this one file.

    python palang_verify.py BUNDLE --trust trust.json     check it
    python palang_verify.py BUNDLE                        show the fingerprints to compare first
    python palang_verify.py --explain [--bahasa]          what each check is, in words

BUNDLE is what `palang audit export` wrote. trust.json is what you kept from onboarding: the public
keys of gateway, partners and officers, compared by voice. Never take it from whoever hands you the
bundle: keys inside a bundle prove nothing by themselves.

Exit code: 0 every check passed under your pinned keys; 1 a check failed; 2 a file can't be read;
3 nothing is proven: no trust file was given, or a check could not be made because openssl or gpg is
missing, which check CMS and OpenPGP signatures and time-stamps.

Needs Python 3.11 and `cryptography`. It imports nothing of Palang, opens no network connection, and
writes only into a temporary folder for openssl and gpg. The clock decides nothing; it only says
what became of a key since. Read it from top to bottom: 1 strict reading, 2 keys and signatures,
3 Merkle trees, 4 what a bundle holds, 5 the numbered checks, 6 what is printed. Its manual is
docs/verify.md.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import copy
import hashlib
import html
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

Json = dict[str, Any]


class Wrong(Exception):
    """A check failed: a short stable reason, and what was expected and what came."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Nothing(Exception):
    """The bundle holds nothing that this check is about."""


class Unable(Exception):
    """This machine can't make the check: a tool is missing. Never a pass: exit 3."""


class Unreadable(Exception):
    """The file is no bundle or no trust file at all: exit 2."""


def expect(holds: Any, reason: str, message: str) -> None:
    """Fail the check unless this holds."""
    if not holds:
        raise Wrong(reason, message)


# ---- 1. Strict reading: one meaning for every file -----------------------------------------------

DISPOSITIONS = {  # what a partner may say it did: (answers block, unblock or both; counts as done)
    "diblokir_total": ("block", True),
    "diblokir_sebagian": ("block", False),
    "sudah_diblokir": ("block", True),
    "sudah_nonaktif": ("block", True),
    "bukan_pelanggan": ("both", False),
    "nomor_dilindungi": ("block", False),
    "daur_ulang": ("block", False),
    "tertunda": ("both", False),
    "gagal": ("both", False),
    "ditindak": ("block", True),
    "sudah_ditindak": ("block", True),
    "tidak_ditemukan": ("both", False),
    "ditinjau": ("block", False),
    "ditolak_kebijakan": ("both", False),
    "dibuka": ("unblock", True),
    "sudah_terbuka": ("unblock", True),
    "superseded": ("both", False),
}
SCOPED = ("diblokir_total", "diblokir_sebagian", "sudah_diblokir")  # these need a scope

PATTERNS = {  # forms of texts
    "text": r"(?s).{1,16384}",
    "words": r"(?s).*",
    "name": r"(?s).{1,64}",
    "owner": r"[a-z][a-z0-9-]{1,30}",
    "delivery": r"[1-9]\d{0,8}\.[a-z][a-z0-9-]{1,30}\.[1-9]\d{0,3}",
    "digest": r"sha256:[0-9a-f]{64}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "span": r"P(?=.*\d)(\d{1,4}D)?(T(\d{1,5}H)?(\d{1,5}M)?)?",
    "hash": r"[A-Za-z0-9+/]{43}=",
    "hex": r"([0-9a-fA-F]{2}){1,16}",
    "kid": r"[A-Za-z0-9_-]{43}",
    "calendar": r"\d{4}-(0[1-9]|1[0-2])",
    "code": "|".join(DISPOSITIONS),
    "scope": "|total|outgoing|incoming|sms|voice|data|account|list-only",
    "refusal": "cant-open|bad-signature|bad-digest|wrong-partner|old-epoch|sequence-conflict"
    "|test-mismatch|malformed|checkpoint",
    "role": "manifest|checkpoint|request|statement|seal|approval",
    "alg": r"Ed25519|ES256|PS256|OpenPGP|ECDH-ES\+A256KW/(X25519|P-256)|RSA-OAEP-256",
}

FORMS = {  # members of objects: `?` may be absent, `n+` an integer, `[ ]` a list, `( )` a row
    "trust": "name:name gateway:[key] partners:object officers:object timestamp?:[text]",
    "key": "kid:name role:role alg:alg public:any not_before:time not_after:time revoked?:time",
    "bundle": "kind:=delivery/entry/number/month gateway:name exported:time",
    "head": "partner:name delivery:name epoch:1+ sequence:1+",
    "number": "",
    "month": "month:calendar part:1+ cutoff:cutoff",
    "cutoff": "leaves:1+ at:time",
    "figures": "more:flag unsealed:[unsealed]",
    "unsealed": "delivery:words partner:words state:words reason:words",
    "manifest": "gateway:name partner:owner epoch:1+ sequence:1+ previous?:digest"
    " kind:=delta/snapshot voids:[(1+,digest)] delivery:delivery batch:1+"
    " basis:=mandatory/voluntary identifier:=e164 test:flag rehearsal?:flag entries:slice"
    " released:time issued:time checkpoint:text",
    "mandatory": "counts:counts respond_within:span",
    "voluntary": "counts:listings consent:digest target:span",
    "counts": "block:0+ unblock:0+",
    "listings": "listed:0+ delisted:0+",
    "slice": "name:=entries.csv bytes:0+ digest:digest root:digest",
    "review": "counts:counts shares:[(any,int,any)]",
    "guards": "guards?:[(any,int,int)]",
    "sealings": "items:[sealing]",
    "sealing": "number:1+ parcel:digest kid:name at:time",
    "attempts": "proves:text items:[attempt]",
    "attempt": "number:1+ sealing:1+ began:time ended?:time outcome:words consent:words"
    " channel:channel",
    "channel": "endpoint:words peer:words words:words error:words",
    "statements": "items:[statement]",
    "statement": "statement:digest received:time standing:=counted/not-counted/conflict/refused"
    " reason:words",
    "fetched": "parcel:digest at:time request:words",
    "consistency": "items:[hash]",
    "entry": "entry:1+ line:text salt:hex path:[hash]",
    "announcements": "items:[announced]",
    "announced": "act:=key.announce/partner.approve/officer.approve/key.revoke owner:text key:key"
    " approvals:(text,text) card?:words name?:text",
    "card": "iss:name aud:name keys:[key]",
    "summary": "",
    "event": "event:name at:time",
    "said": "iss:name aud:name at:time",
    "ack": "parcel:digest manifest?:digest result:=positive/negative reason?:refusal"
    " checkpoint?:digest",
    "about": "parcel:digest manifest:digest epoch:1+ sequence:1+",
    "confirm": "delivery:name revision:1+ rows:[(int,code,scope,time)]",
    "request": "epoch:1+ from:1+",
    "approval": "act:name subject:text digest:digest",
    "consent": "from:time until:time categories:[text] channels:[text] origins:[text] fields:[text]"
    " maximum:maximum purpose:text retention:span target:span answers:=none/aggregate/per-entry",
    "maximum": "entries:1+ period:span",
}


def conform(value: Any, form: str, what: str) -> None:
    """Fail unless the value has this form. Members that no form names are ignored."""
    if form in FORMS:
        expect(isinstance(value, dict), "malformed", f"{what} is not an object")
        for member in FORMS[form].split():
            name, _, inner = member.partition(":")
            if not name.endswith("?") or name[:-1] in value:
                conform(value.get(name.rstrip("?")), inner, f"{what}, {name}")
    elif form[0] in "[(":
        expect(isinstance(value, list), "malformed", f"{what} is not a list")
        inners = form[1:-1].split(",") if form[0] == "(" else [form[1:-1]] * len(value)
        expect(len(value) == len(inners), "malformed", f"{what} has not {len(inners)} parts")
        for part, inner in zip(value, inners, strict=True):
            conform(part, inner, what)
    else:
        expect(_is(value, form), "malformed", f"{what} is not of the form {form}")


def _is(value: Any, form: str) -> bool:
    if form.startswith("="):
        return isinstance(value, str) and value in form[1:].split("/")
    if form in PATTERNS:
        good = isinstance(value, str) and re.fullmatch(PATTERNS[form], value, re.ASCII) is not None
        return good and (form != "time" or wire(seconds(value)) == value)
    if form.endswith("+") or form == "int":
        return type(value) is int and (form == "int" or value >= int(form[:-1]))
    kinds: dict[str, Any] = {"flag": bool, "object": dict, "any": (dict, list, str, int)}
    return isinstance(value, kinds[form])


def read_json(data: bytes, what: str) -> Json:
    """One JSON object; what two readers could read in two ways is refused: members that stand
    twice, fractions, null, NaN, integers beyond 2^53, lone surrogates, deep nesting."""

    def once(pairs: list[tuple[str, Any]]) -> Json:
        if len(dict(pairs)) != len(pairs):
            raise ValueError
        return dict(pairs)

    def refuse(_text: str) -> Any:
        raise ValueError

    try:
        document = json.loads(
            data.decode(), object_pairs_hook=once, parse_float=refuse, parse_constant=refuse
        )
    except (ValueError, RecursionError):
        document = None
    good = isinstance(document, dict) and _plain(document, 0)
    expect(good, "malformed", f"{what} is not one JSON object in the strict form")
    return dict(document)


def _plain(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        named = all(name.isascii() for name in value)
        return depth < 17 and named and all(_plain(part, depth + 1) for part in value.values())
    if isinstance(value, list):
        return depth < 17 and all(_plain(part, depth + 1) for part in value)
    if isinstance(value, str):
        return value.isascii() or re.search("[\ud800-\udfff]", value) is None
    return isinstance(value, int) and (isinstance(value, bool) or abs(value) < 2**53)


def read(data: bytes, form: str, what: str, typ: str = "") -> Json:
    """A document of version 1 and of this type, in its form."""
    found = read_json(data, what)
    one = type(found.get("v")) is int and found["v"] == 1
    expect(one, "version", f"{what}: format version 1 is understood here")
    typed = typ == "any" or found.get("typ") == (typ or form)
    expect(typed, "malformed", f"{what} is not of the type {form}")
    conform(found, form, what)
    return found


def sha256(data: bytes) -> str:
    """A digest as Palang writes it."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def canonical(document: Any) -> bytes:
    """JSON in its one form (RFC 8785): sorted members, no spaces."""
    separators = (",", ":")
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=separators).encode()


def utf8(data: bytes, what: str) -> str:
    """A text."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Wrong("malformed", f"{what} is not UTF-8 text") from None


def seconds(at: str) -> int:
    """A time of a document as seconds since 1970. (Texts of times compare as they stand.)"""
    try:
        return int(datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0


def wire(at: int) -> str:
    """A time as the documents write it."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")


def base64url(data: bytes) -> bytes:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def unbase64url(part: bytes) -> bytes:
    """The bytes again, from the one text that they have."""
    try:
        data = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except ValueError:
        data = b""
    expect(base64url(data) == part, "malformed", "a part of a signature is not base64url")
    return data


# ---- 2. Keys and signatures: only pinned keys count ----------------------------------------------

Owner = tuple[str, str]  # ("gateway" | "partners" | "officers", id)
PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True)
class Key:
    """A pinned public key: one owner, one role, one algorithm, one time of validity. `public` is a
    JWK as canonical JSON, or an OpenPGP certificate as armour."""

    kid: str
    owner: Owner
    role: str
    alg: str
    public: str
    begins: str
    ends: str
    revoked: str
    announced: str = ""  # the officers who brought it in, where the trust file does not have it

    def status(self, at: str) -> str:
        """In words, as of a moment."""
        if self.revoked and at >= self.revoked:
            return f"revoked since {self.revoked}"
        if at < self.begins:
            return f"valid only from {self.begins}"
        return "valid" if at < self.ends else f"ended {self.ends}"


class Pins:
    """A trust file: the keys of gateway, partners and officers, and time-stamping authorities."""

    def __init__(self, data: bytes, what: str) -> None:
        found = read(data, "trust", what)
        self.name: str = found["name"]
        self.authorities: list[str] = found.get("timestamp", [])
        self.keys: dict[str, Key] = {}
        for one in found["gateway"]:
            self._add(one, ("gateway", self.name), what)
        for kind in ("partners", "officers"):
            for owner, keys in found[kind].items():
                conform(owner, "owner", what)
                conform(keys, "[key]", f"{what}, {owner}")
                for one in keys:
                    self._add(one, (kind, owner), what)

    def _add(self, one: Json, owner: Owner, what: str) -> None:
        expect(one["kid"] not in self.keys, "malformed", f"{what}: a key id is pinned twice")
        self.keys[one["kid"]] = read_key(one, owner, what)

    def beside(self, keys: dict[str, Key]) -> Pins:
        """The same trust file with these keys."""
        made = copy.copy(self)
        made.keys = keys
        return made

    def key(self, owner: Owner, role: str, kid: str, at: str) -> Key:
        """The key of this id, if it is pinned to this owner in this role and was valid at `at`: a
        time of the ledger, never the signer's own clock."""
        key = self.keys.get(kid)
        if key is None:
            raise Wrong("unknown-key", f"key {kid} is not pinned")
        expect(key.owner == owner, "wrong-owner", f"key {kid} is not pinned to {owner[1]}")
        expect(key.role == role, "wrong-role", f"key {kid} is a {key.role} key, not a {role} key")
        status = key.status(at)
        reason = "key-revoked" if status.startswith("revoked") else "key-not-valid"
        expect(status == "valid", reason, f"key {kid} as of {at}: {status}")
        return key


def read_key(one: Json, owner: Owner, what: str) -> Key:
    """A key as trust files, cards and bundles write it."""
    seals, sealing = one["role"] == "seal", one["alg"][:3] in ("ECD", "RSA")
    fits = one["alg"] == "OpenPGP" or seals == sealing
    expect(fits, "malformed", f"{what}: a {one['role']} key has another algorithm")
    public = one["public"]
    conform(public, "text" if one["alg"] == "OpenPGP" else "object", f"{what}, public")
    written = public if one["alg"] == "OpenPGP" else canonical(public).decode()
    times = (one["not_before"], one["not_after"], one.get("revoked", ""))
    return Key(one["kid"], owner, one["role"], one["alg"], written, *times)


def thumbprint(key: PublicKey) -> str:
    """The id that a key has by what it is (RFC 7638): nobody can give it another one."""
    jwk: dict[str, str | bytes]
    if isinstance(key, ed25519.Ed25519PublicKey):
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": key.public_bytes_raw()}
    elif isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": point.x.to_bytes(32), "y": point.y.to_bytes(32)}
    else:
        n, e = key.public_numbers().n, key.public_numbers().e
        jwk = {"kty": "RSA", "n": n.to_bytes((n.bit_length() + 7) // 8), "e": e.to_bytes(3)}
    shown = {k: v if isinstance(v, str) else base64url(v).decode() for k, v in jwk.items()}
    return base64url(hashlib.sha256(canonical(shown)).digest()).decode()


@cache
def public_key(key: Key) -> PublicKey:
    """The key itself; its id must be its own thumbprint."""
    jwk = json.loads(key.public)
    kind = (jwk.get("kty"), jwk.get("crv", ""), key.alg)
    made: PublicKey | None = None
    try:
        part = {name: unbase64url(str(jwk[name]).encode()) for name in set(jwk) & set("xyne")}
        number = {name: int.from_bytes(value) for name, value in part.items()}
        if kind == ("OKP", "Ed25519", "Ed25519"):
            made = ed25519.Ed25519PublicKey.from_public_bytes(part["x"])
        elif kind == ("EC", "P-256", "ES256"):
            curve = ec.SECP256R1()
            made = ec.EllipticCurvePublicNumbers(number["x"], number["y"], curve).public_key()
        elif kind == ("RSA", "", "PS256"):
            made = rsa.RSAPublicNumbers(number["e"], number["n"]).public_key()
    except (KeyError, ValueError, OverflowError):
        made = None
    if made is None or thumbprint(made) != key.kid:
        raise Wrong("malformed", f"key {key.kid} is no {key.alg} key of that thumbprint")
    return made


def check_signature(key: Key, signature: bytes, signed: bytes) -> None:
    """The two kinds that are checked right here: Ed25519, and ECDSA P-256 with SHA-256."""
    public = public_key(key)
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, signed)
        elif isinstance(public, ec.EllipticCurvePublicKey) and len(signature) == 64:
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
        else:
            raise InvalidSignature
    except InvalidSignature:
        raise Wrong("signature", f"the signature of key {key.kid} does not hold") from None


def read_jws(data: bytes) -> tuple[Json, bytes, bytes, bytes]:
    """A compact JWS (RFC 7515) taken apart: header, what is signed, payload, signature. The header
    is alg, kid and typ and no more: nothing in it chooses a key or an algorithm."""
    parts = data.split(b".")
    expect(len(parts) == 3, "malformed", "a compact JWS has three parts")
    header = read_json(unbase64url(parts[0]), "the header of a JWS")
    expect(header.get("alg") in ("Ed25519", "ES256"), "wrong-alg", "alg is Ed25519 or ES256")
    expect(set(header) == {"alg", "kid", "typ"}, "malformed", "a JWS header is alg, kid and typ")
    conform(header["kid"], "kid", "kid")
    conform(header["typ"], "name", "typ")
    return header, parts[0] + b"." + parts[1], unbase64url(parts[1]), unbase64url(parts[2])


def look_into_jws(data: bytes) -> tuple[str, bytes]:
    """The kind that its header claims, and its payload, to know what it is about: nothing that is
    read here counts before read_jws and a signature."""
    parts = data.split(b".")
    expect(len(parts) == 3, "malformed", "a compact JWS has three parts")
    full = [one + b"=" * (-len(one) % 4) for one in parts[:2]]
    try:
        head, payload = (base64.b64decode(one, altchars=b"-_", validate=True) for one in full)
    except ValueError:
        raise Wrong("malformed", "a part of a JWS is not base64url") from None
    typ = re.fullmatch(r"palang-([a-z-]+)\+jws", str(read_json(head, "a JWS header").get("typ")))
    return typ[1] if typ else "", payload


MIME = re.compile(rb"mime-version:|content-(type|disposition|transfer-encoding):", re.IGNORECASE)


def form_of(data: bytes) -> str:
    """How a statement was signed: by its first bytes."""
    if data.startswith(b"eyJ"):
        return "JWS"
    if data.startswith((b"0", b"-----BEGIN CMS-----")) or MIME.match(data):
        return "CMS"
    if data.startswith(b"-----BEGIN PGP ") or (data and data[0] & 0x80):
        return "OpenPGP"
    raise Wrong("malformed", "a statement is a JWS, a CMS message or an OpenPGP message")


def run(*command: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Call openssl or gpg."""
    if shutil.which(command[0]) is None:
        raise Unable(f"{command[0]} is not on this machine")
    try:
        return subprocess.run(command, capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        raise Wrong("malformed", f"{command[0]} does not come to an end over it") from None


def open_cms(data: bytes, pins: Pins) -> tuple[bytes, str]:
    """Payload of a CMS message, and the id of the one key that `openssl cms -verify` says signed
    it."""
    form = _cms_form(data)
    with tempfile.TemporaryDirectory(prefix="palang-verify-") as name:
        message, payload, pinned, signers = (Path(name) / part for part in "mpcs")
        message.write_bytes(data)
        pinned.write_bytes(b"".join(_certificates(pins)))
        head = ("openssl", "cms", "-verify", "-noverify", "-inform", form, "-in", message)
        by = ("-certfile", pinned, "-signer", signers, "-out", payload)
        done = run(*head, *by, *(("-binary",) if form != "SMIME" else ()))
        if done.returncode:
            _too_old(message, form)
            raise Wrong("signature", "openssl cms -verify does not take it")
        keys = [one.public_key() for one in x509.load_pem_x509_certificates(signers.read_bytes())]
        content = payload.read_bytes()
    expect(len(keys) == 1, "malformed", f"a statement has one signer, not {len(keys)}")
    return content, "".join(thumbprint(key) for key in keys if isinstance(key, PublicKey))


def _cms_form(data: bytes) -> str:
    return "DER" if data.startswith(b"0") else "SMIME" if MIME.match(data) else "PEM"


def _cms_payload(data: bytes) -> bytes:
    """The content of a CMS message, unverified: taken out of its DER, or of its mail parts."""
    boundary = re.search(rb'boundary="([^"\r\n]+)"', data[:8192])
    if _cms_form(data) == "SMIME" and boundary:
        parts = re.split(rb"(?:^|\r?\n)--" + re.escape(boundary[1]), data)
        content = parts[1].partition(b"\n")[2] if len(parts) == 4 else b""
        return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    with tempfile.TemporaryDirectory(prefix="palang-verify-") as name:
        message = Path(name) / "m"
        message.write_bytes(data)
        form = ("-inform", _cms_form(data), "-in", message, "-outform", "DER")
        der = run("openssl", "cms", "-cmsout", *form).stdout
    try:
        signed = _tlvs(_tlvs(_tlvs(_tlvs(der)[0][1])[1][1])[0][1])
        tag, content = _tlvs(_tlvs(signed[2][1])[1][1])[0]
        return content if tag == 4 else b"".join(part for _tag, part in _tlvs(content))
    except IndexError:
        raise Wrong("malformed", "a CMS message that openssl can't read") from None


def _tlvs(der: bytes) -> list[tuple[int, bytes]]:
    """Tags and values of the DER elements that stand one behind the other."""
    found, at = [], 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1], at + 2
        if size & 0x80:
            long = size & 0x7F
            size, at = int.from_bytes(der[at : at + long]), at + long
        found.append((tag, der[at : at + size]))
        at += size
    return found


def _certificates(pins: Pins) -> Iterator[bytes]:
    """Each pinned key in a certificate of our own, so that openssl finds it by its key identifier.
    Who issued a certificate is not asked (-noverify): only the key in it counts."""
    issuer, name = ed25519.Ed25519PrivateKey.generate(), x509.Name([])
    for key in pins.keys.values():
        if key.alg in ("Ed25519", "ES256", "PS256"):
            public = public_key(key)
            made = x509.CertificateBuilder(name, name, public, x509.random_serial_number())
            made = made.not_valid_before(datetime(2000, 1, 1, tzinfo=UTC))
            made = made.not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
            identifier = x509.SubjectKeyIdentifier.from_public_key(public)
            signed = made.add_extension(identifier, critical=False).sign(issuer, None)
            yield signed.public_bytes(Encoding.PEM)


def _too_old(message: Path, form: str) -> None:
    """openssl before 3.2 knows no Ed25519 in CMS: then its no is not the signature's fault."""
    der = run(
        "openssl", "cms", "-cmsout", "-inform", form, "-in", message, "-outform", "DER"
    ).stdout
    version = re.search(rb" (\d+)\.(\d+)", run("openssl", "version").stdout)
    old = version is None or (int(version[1]), int(version[2])) < (3, 2)
    if old and bytes.fromhex("06032b6570") in der:
        raise Unable("this openssl can't check Ed25519 in CMS; 3.2 and later can")


def open_pgp(data: bytes, pins: Pins | None, at: str) -> tuple[bytes, str]:
    """Payload of an OpenPGP message, and the id of the one key that `gpg --verify` says signed it,
    as of `at`. Without pins the payload alone, unverified."""
    with tempfile.TemporaryDirectory(prefix="palang-verify-") as name:
        message, payload, pinned = (Path(name) / part for part in "mpc")
        message.write_bytes(data)
        gpg: tuple[str, ...] = (
            "gpg",
            "--homedir",
            name,
            "--batch",
            "--no-tty",
            "--no-autostart",
            "--no-options",
        )
        gpg += ("--trust-model", "always", "--status-fd", "1", "--ignore-time-conflict")
        gpg += (f"--faked-system-time={seconds(at)}!",)
        for key in pins.keys.values() if pins else ():
            if key.alg == "OpenPGP" and key.role != "seal":
                pinned.write_text(key.public)
                run(*gpg, "--import", pinned)
        said = run(*gpg, "--output", payload, "--verify", message).stdout.decode().split("\n")
        content = payload.read_bytes() if payload.exists() else b""
    lines = [line.split()[1:] for line in said if line.startswith("[GNUPG:] ")]
    words = [line[0] for line in lines]
    signed = [line for line in lines if line[0] == "VALIDSIG"]
    if pins is None:
        return content, ""
    bad = {"BADSIG", "ERRSIG", "EXPSIG", "NODATA"} & set(words)
    once = len(signed) == words.count("PLAINTEXT") == 1
    expect(once and not bad, "signature", f"gpg --verify does not take it: {' '.join(words)}")
    expect(signed[0][8] in ("8", "9", "10"), "wrong-alg", "it is not signed over SHA-2")
    return content, "pgp-" + signed[0][1].lower()


@cache
def payload_of(data: bytes) -> bytes:
    """What a statement says, before any signature is checked."""
    form = form_of(data)
    if form == "JWS":
        return look_into_jws(data)[1]
    return _cms_payload(data) if form == "CMS" else open_pgp(data, None, "")[0]


NOTE_LINE = re.compile(r"— ([^\s+]{1,255}) ([A-Za-z0-9+/]+={0,2})")


def open_note(note: str, pins: Pins, at: str) -> tuple[str, Key]:
    """Body and key of a signed note (C2SP signed-note), signed by a checkpoint key of the gateway.
    Lines of unknown keys are other witnesses' and are passed over."""
    body, blank, tail = note.rpartition("\n\n")
    lines = [NOTE_LINE.fullmatch(line) for line in tail.split("\n")[:-1]]
    shaped = blank and body and tail.endswith("\n") and 0 < len(lines) <= 100 and all(lines)
    expect(shaped, "note", "a note is a text, a blank line and signature lines")
    owner, signed = ("gateway", pins.name), []
    due = (owner, "checkpoint", "Ed25519")
    mine = [key for key in pins.keys.values() if (key.owner, key.role, key.alg) == due]
    known = {_note_id(pins.name, key): key for key in mine}
    for line in filter(None, lines):
        data = base64.b64decode(line[2] + "==")
        expect(base64.b64encode(data).decode() == line[2], "note", "a note's base64 has one form")
        if line[1] == pins.name and data[:4] in known:
            check_signature(known[data[:4]], data[4:], body.encode() + b"\n")
            signed.append(known[data[:4]])
    expect(signed, "unknown-key", f"no pinned checkpoint key of {pins.name} signed the note")
    best = max(signed, key=lambda key: key.status(at) == "valid")
    return body + "\n", pins.key(owner, "checkpoint", best.kid, at)


def _note_id(name: str, key: Key) -> bytes:
    public = public_key(key)
    raw = public.public_bytes_raw() if isinstance(public, ed25519.Ed25519PublicKey) else b""
    return hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4]


# ---- 3. Merkle trees (RFC 9162) ------------------------------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def tree_root(row: list[bytes]) -> bytes:
    """The root over leaf hashes: an odd one at the end goes up as it is."""
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [node(a, b) for a, b in zip(row[::2], row[1::2], strict=False)] + odd
    return row[0] if row else hashlib.sha256(b"").digest()


def check_inclusion(hashed: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    """The leaf is number `index` of the tree of `size` leaves with this root (2.1.3.2)."""
    expect(0 <= index < size, "inclusion", "the leaf lies outside of the tree")
    here, last = index, size - 1
    for sibling in path:
        expect(last > 0, "inclusion", "the path is too long")
        if here % 2 or here == last:
            hashed = node(sibling, hashed)
            while here and here % 2 == 0:
                here, last = here >> 1, last >> 1
        else:
            hashed = node(hashed, sibling)
        here, last = here >> 1, last >> 1
    expect(last == 0 and hashed == root, "inclusion", "the path does not lead to the signed root")


def check_consistency(old: Checkpoint, new: Checkpoint, proof: list[bytes]) -> None:
    """The older tree is the beginning of the newer one (2.1.4.2)."""
    wrong = Wrong("consistency", "the older ledger is not the beginning of the newer one")
    if (old.size, old.root) == (new.size, new.root) and not proof:
        return
    if not 0 < old.size < new.size or not proof:
        raise wrong
    path = [old.root, *proof] if old.size & (old.size - 1) == 0 else list(proof)
    here, last = old.size - 1, new.size - 1
    while here % 2:
        here, last = here >> 1, last >> 1
    then = now = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise wrong
        if here % 2 or here == last:
            then, now = node(sibling, then), node(sibling, now)
            while here and here % 2 == 0:
                here, last = here >> 1, last >> 1
        else:
            now = node(now, sibling)
        here, last = here >> 1, last >> 1
    if last or (then, now) != (old.root, new.root):
        raise wrong


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log: its name, how many leaves, the root over them."""

    origin: str
    size: int
    root: bytes


def read_checkpoint(note: str) -> Checkpoint:
    """From the text of a signed note (C2SP tlog-checkpoint)."""
    match = re.match(r"([^\n]+)\n(0|[1-9]\d{0,18})\n([A-Za-z0-9+/]{43}=)\n", note, re.ASCII)
    if match is None:
        raise Wrong("checkpoint", "a checkpoint has the lines origin, size and root")
    return Checkpoint(match[1], int(match[2]), base64.b64decode(match[3]))


def hashes(texts: list[str]) -> list[bytes]:
    """The hashes of a proof."""
    return [base64.b64decode(one) for one in texts]


# ---- 4. What a bundle holds ----------------------------------------------------------------------

PROVES = (
    "A channel's hand-over is the gateway's record of what the channel answered. Without the "
    "partner's signed acknowledgement it proves that the gateway says it handed over, not that "
    "the partner has it."
)
"""What attempts.json must say of itself."""

REQUIRED = {
    *("bundle.json", "manifest.json", "manifest.json.jws", "batch/review.json"),
    *("batch/submit.jws", "batch/release.jws", "sealings.json", "attempts.json"),
    *("statements.json", "summary.json", "keys.json"),
    *("ledger/checkpoint.note", "ledger/consistency.json"),
}
OPTIONAL = {
    *("batch/endorse.jws", "consent/consent.jws", "slice/entries.csv", "slice/slice.salt"),
    *("entry.json", "cover.html", "ledger/timestamp.tsr", "index.json", "keys/announcements.json"),
}


def unpack(data: bytes) -> dict[str, bytes]:
    """The members of the ZIP, from its local headers: stored, never compressed."""
    members: dict[str, bytes] = {}
    at = 0
    while data[at : at + 4] == b"PK\x03\x04" and len(data) >= at + 30:
        head = struct.unpack_from("<5H3I2H", data, at + 4)
        _, flags, method, _, _, _, stored, size, named, extra = head
        begin = at + 30 + named
        name, at = data[at + 30 : begin], begin + stored
        if flags or method or extra or size != stored or at > len(data) or not name.isascii():
            raise Unreadable("a member is compressed, encrypted, cut short or oddly named")
        if name.decode() in members or len(members) == 20_000:
            raise Unreadable("a member stands twice, or there are too many")
        members[name.decode()] = data[begin:at]
    if "index.json" not in members or len(data) > 512 * 1024 * 1024:
        raise Unreadable("this is no evidence bundle: a stored ZIP with index.json")
    return members


def pack(members: dict[str, bytes]) -> bytes:
    """The one ZIP file of these members: sorted, dated 1980-01-01, nothing beside them."""
    files, listing = bytearray(), bytearray()
    for name in sorted(members):
        data, shown = members[name], name.encode()
        sizes = (binascii.crc32(data), len(data), len(data), len(shown), 0)
        common = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, *sizes)
        place = struct.pack("<3H2I", 0, 0, 0, 0o600 << 16, len(files))
        listing += b"PK\x01\x02\x14\x03" + common + place + shown
        files += b"PK\x03\x04" + common + shown + data
    count, places = len(members), (len(listing), len(files), 0)
    end = struct.pack("<4H2IH", 0, 0, count, count, *places)
    return bytes(files + listing + b"PK\x05\x06" + end)


@dataclass(frozen=True)
class Leaf:
    """An event of the ledger, with its salt and its path to the root."""

    index: int
    salt: bytes
    event: bytes
    path: list[bytes]
    facts: Json

    @property
    def at(self) -> str:
        return str(self.facts["at"])

    def says(self, tag: str, **facts: Any) -> bool:
        """Whether it is an event of this kind with these facts."""
        named = {"event": tag, **facts}
        return all(self.facts.get(name) == value for name, value in named.items())


GRANTS = {  # what two officers sign, one after the other, to bring in a key of such an owner
    "key.announce": ("gateway", "key.announce", "key.announce"),
    "partner.approve": ("partners", "partner.propose", "partner.approve"),
    "officer.approve": ("officers", "officer.approve", "officer.approve"),
}
REVOKES = {"key.revoke": ("", "key.revoke", "key.revoke")}


@dataclass(frozen=True)
class Announced:
    """A key that counts from the second officer's event on, or (key.revoke) no more. Nothing of it
    counts unless check 35 holds."""

    act: str
    key: Key
    approvals: list[bytes]
    card: bytes
    name: str

    @property
    def grants(self) -> bool:
        return self.act in GRANTS

    @property
    def acts(self) -> tuple[str, ...]:
        """What the first and the second officer sign."""
        return {**GRANTS, **REVOKES}[self.act][1:]

    def leaf(self, case: Case, place: int) -> Leaf | None:
        """The event of an officer's word."""
        return case.find(self.acts[place], statement=sha256(self.approvals[place]))


@dataclass
class Case:
    """A bundle being examined. `pins` are the only keys that count; `shown` are those that the
    bundle itself carries. A bundle of a number or a month has `parts`, each a bundle of its own."""

    data: bytes
    members: dict[str, bytes]
    head: Json
    pins: Pins
    base: Pins | None = None  # the trust file itself, without what the bundle announces
    announced: list[Announced] = field(default_factory=list)
    name: str = ""
    shown: dict[str, Key] = field(default_factory=dict)
    parts: list[Case] = field(default_factory=list)
    used: dict[str, tuple[Key, str]] = field(default_factory=dict)
    manifest: Json = field(default_factory=dict)
    block: int = 0
    unblock: int = 0
    sealings: list[Json] = field(default_factory=list)
    attempts: list[Json] = field(default_factory=list)
    statements: list[Json] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    fetches: dict[str, Json] = field(default_factory=dict)
    one: int = 0  # the entry that the bundle is about, 0 for all
    entry: Json | None = None
    unread: Wrong | None = None  # why a part can't be read

    def document(self, name: str, form: str) -> Json:
        """A member that is a JSON document of this form."""
        return read(self.member(name), form, name)

    def member(self, name: str) -> bytes:
        """A member that must be there."""
        expect(name in self.members, "missing", f"the bundle has no {name}")
        return self.members[name]

    @property
    def partner(self) -> Owner:
        return ("partners", self.manifest["partner"])

    @property
    def count(self) -> int:
        return self.block + self.unblock

    @property
    def digest(self) -> str:
        """Of the manifest."""
        return sha256(self.members["manifest.json"])

    @property
    def note(self) -> str:
        return utf8(self.member("ledger/checkpoint.note"), "ledger/checkpoint.note")

    def pin(self, owner: Owner, role: str, kid: str, at: str) -> Key:
        """A pinned key as of then; it is remembered for the list of keys at the end."""
        key = self.pins.key(owner, role, kid, at)
        self.used.setdefault(kid, (key, at))
        return key

    def find(self, tag: str, **facts: Any) -> Leaf | None:
        """The first event of this kind with these facts."""
        return next((leaf for leaf in self.leaves if leaf.says(tag, **facts)), None)

    def time_of(self, leaf: Leaf | None) -> str:
        """When a key must have been valid. That each document has its event, check 25 sees to."""
        return leaf.at if leaf is not None else str(self.head["exported"])

    def sealed(self) -> Leaf | None:
        """The event of the first sealing."""
        return self.find("delivery.seal", delivery=self.manifest["delivery"], sealing=1)

    def kept(self, one: Json) -> Leaf | None:
        """The event that says when a statement came."""
        named = {"statement": one["statement"], "at": one["received"]}
        return self.find("inbound.keep", **named)

    def judged(self, one: Json) -> Leaf | None:
        """The event that says what became of a statement, as its standing has it."""
        named = {"statement": one["statement"]}
        if one["standing"] == "refused":
            return self.find("statement.refuse", reason=one["reason"], **named)
        word, named["delivery"] = word_of(one["data"]) or {}, self.manifest["delivery"]
        kind = word.get("typ", "")
        if kind == "ack":
            named["counted"] = one["standing"] == "counted"
        elif kind == "confirm":
            named["revision"] = word["revision"]
        about = {"ack": "receipt", "confirm": "confirmation"}.get(kind, "")
        return self.find(f"{about}.record", **named) or self.find(f"{about}.conflict", **named)

    def words(self, kind: str) -> list[tuple[Json, Json]]:
        """Statements of this kind that were not refused, with what they say; receipts in the order
        in which they were judged."""
        standing = [one for one in self.statements if one["standing"] != "refused"]
        found = [(one, word_of(one["data"])) for one in standing]
        mine = [(one, word) for one, word in found if word and word["typ"] == kind]
        if kind == "ack":
            places = {id(one): self.judged(one) for one, _word in mine}
            mine.sort(key=lambda pair: getattr(places[id(pair[0])], "index", -1))
        return mine


def open_bundle(data: bytes, pins: Pins | None) -> Case:
    """Read everything, strictly. What is wrong here fails check 3."""
    members = unpack(data)
    head = read(members.get("bundle.json", b""), "bundle", "bundle.json")
    case = Case(data, members, head, pins or nobody(head["gateway"]))
    if case.head["kind"] in ("number", "month"):
        _open_parts(case, pins)
        return case
    conform(case.head, "head", "bundle.json")
    conform(case.head.get("entry", 1), "1+", "bundle.json, entry")
    case.one = case.head.get("entry", 0) if case.head["kind"] == "entry" else 0
    expect(case.one or case.head["kind"] == "delivery", "malformed", "bundle.json names no entry")
    for name in sorted(REQUIRED):
        case.member(name)
    shown = Pins(case.member("keys.json"), "keys.json")
    case.pins, case.shown = pins or shown, shown.keys
    _open_documents(case)
    _open_announced(case)
    return case


def _open_announced(case: Case) -> None:
    """Keys that are announced stand beside those of the trust file, each from its event on. Whether
    they may, check 35 decides: if not, nothing is proven."""
    case.base, keys = case.pins, dict(case.pins.keys)
    name = "keys/announcements.json"
    told = case.document(name, "announcements")["items"] if name in case.members else []
    case.announced = [_announced(one) for one in told]
    for one in unpinned(case):
        leaf = one.leaf(case, 1)
        if one.grants:
            keys.setdefault(one.key.kid, _from_leaf(one, leaf.at if leaf else ""))
    for one in unpinned(case):
        leaf = one.leaf(case, 1)
        if not one.grants and leaf and one.key.kid in keys:
            keys[one.key.kid] = _ended(keys[one.key.kid], leaf.at)
    case.pins = case.base.beside(keys)


def _announced(one: Json) -> Announced:
    kind, _, name = one["owner"].partition("/")
    known = kind in ("gateway", "partners", "officers")
    expect(known, "malformed", "an announced key is a gateway's, partner's or officer's")
    key = read_key(one["key"], (kind, name), "an announced key")
    card = one.get("card", "")
    try:
        data = base64.b64decode(card, validate=True)
    except ValueError:
        raise Wrong("malformed", "a card is base64") from None
    approvals = [text.encode() for text in one["approvals"]]
    return Announced(one["act"], key, approvals, data, one.get("name", ""))


def unpinned(case: Case) -> list[Announced]:
    """What the trust file lacks: a key, or the end of one that it has as good."""
    pinned = case.base.keys if case.base else {}

    def lacks(one: Announced) -> bool:
        key = pinned.get(one.key.kid)
        return key is None or (not one.grants and not key.revoked)

    return [one for one in case.announced if lacks(one)]


def _from_leaf(one: Announced, at: str) -> Key:
    who = ", ".join(str((word_of(data) or {}).get("iss", "-")) for data in one.approvals)
    return replace(one.key, begins=max(one.key.begins, at), revoked="", announced=who)


def _ended(key: Key, at: str) -> Key:
    return key if key.revoked else replace(key, revoked=at)


def _open_parts(case: Case, pins: Pins | None) -> None:
    """A number or a month: each member deliveries/*.zip is a bundle, examined by itself."""
    conform(case.head, case.head["kind"], "bundle.json")
    if case.head["kind"] == "month":
        read_json(case.member("month.json"), "month.json")
    for name in sorted(name for name in case.members if PART.fullmatch(name)):
        try:
            part = open_bundle(case.members[name], pins)
            expect(not part.parts and part.manifest, "malformed", "a bundle of several in another")
        except (Wrong, Unreadable, *TRIPS) as bad:
            part = Case(case.members[name], {}, {}, case.pins)
            part.unread = Wrong(getattr(bad, "reason", "bundle"), str(bad))
        part.name, part.used = name[11:-4], case.used
        case.shown |= part.shown
        case.parts.append(part)


PART = re.compile(r"deliveries/(.*)\.zip", re.DOTALL)


def nobody(name: str) -> Pins:
    """A trust file that pins no key."""
    none: Json = {"v": 1, "typ": "trust", "name": name, "gateway": []}
    return Pins(canonical(none | {"partners": {}, "officers": {}}), "")


def _open_documents(case: Case) -> None:
    case.sealings = case.document("sealings.json", "sealings")["items"]
    told = case.document("attempts.json", "attempts")
    expect(told["proves"] == PROVES, "malformed", "attempts.json says what it does not prove")
    case.attempts = told["items"]
    case.statements = case.document("statements.json", "statements")["items"]
    for one in case.statements:
        one["data"] = case.member(f"statements/{one['statement'][7:]}.jws")
        same = sha256(one["data"]) == one["statement"]
        expect(same, "malformed", f"statement {one['statement']} is another one")
    stems = {name[:17] for name in case.members if re.match(r"ledger/\d{10}\b", name, re.ASCII)}
    case.leaves = [_leaf(case, stem) for stem in sorted(stems)]
    fetches = [name for name in case.members if name.startswith("fetches/")]
    case.fetches = {sha256(case.members[n]): case.document(n, "fetched") for n in sorted(fetches)}
    case.document("summary.json", "summary")
    case.document("ledger/consistency.json", "consistency")
    case.entry = case.document("entry.json", "entry") if "entry.json" in case.members else None
    _open_manifest(case)


def _leaf(case: Case, stem: str) -> Leaf:
    event, salt = case.member(f"{stem}.json"), case.member(f"{stem}.salt")
    head, _, note = utf8(case.member(f"{stem}.tlog-proof"), stem).partition("\n\n")
    version, place, *path = [*head.split("\n"), ""]
    expect(version == "c2sp.org/tlog-proof@v1", "proof", f"{stem} has no tlog-proof")
    mine = place == f"index {int(stem[7:])}" and note == case.note
    expect(mine, "proof", f"{stem} has a proof of another leaf or checkpoint")
    conform(path[:-1], "[hash]", stem)
    facts = read_json(event, stem)
    conform(facts, "event", stem)
    return Leaf(int(stem[7:]), salt, event, hashes(path[:-1]), facts)


def _open_manifest(case: Case) -> None:
    case.manifest = manifest = case.document("manifest.json", "manifest")
    conform(manifest, manifest["basis"], "manifest.json")
    names = ("listed", "delisted") if manifest["basis"] == "voluntary" else ("block", "unblock")
    case.block, case.unblock = (manifest["counts"][name] for name in names)
    batch, partner, _ = manifest["delivery"].split(".")
    good = (int(batch), partner) == (manifest["batch"], manifest["partner"])
    good = good and (manifest["sequence"] == 1) == ("previous" not in manifest)
    good = good and (manifest["test"] or not manifest.get("rehearsal", False))
    expect(good and case.count <= 1_000_000, "malformed", "manifest.json contradicts itself")


def read_word(payload: bytes, kind: str) -> Json:
    """A statement, strictly; only the kinds that a bundle can rest on."""
    expect(
        kind in ("ack", "confirm", "request", "approval", "consent"), "wrong-typ", "another kind"
    )
    word = read(payload, "said", f"the {kind}", kind)
    conform(word, kind, f"the {kind}")
    if kind == "confirm" or (kind == "ack" and "manifest" in word):
        conform(word, "about", f"the {kind}")
    if kind == "ack":
        negative = word["result"] == "negative"
        good = "reason" in word if negative else "manifest" in word
        expect(good, "malformed", "a receipt names its manifest, a negative its reason")
    for _entry, code, scope, _at in word.get("rows", ()):
        expect(scope or code not in SCOPED, "malformed", f"{code} needs a scope")
    rows = [row[0] for row in word.get("rows", ())]
    expect(len(set(rows)) == len(rows), "malformed", "a confirmation names an entry twice")
    return word


TABLE = b"#palang "  # how a confirmation begins that is a table (CSV) and no JSON


def read_table(payload: bytes, received: str = "9") -> Json:
    """A confirmation as a table. Its revision is its latest time; who speaks to whom is said by
    the signature and by the manifest's digest in its first line."""
    lines = utf8(payload, "a table").replace("\r\n", "\n").removesuffix("\n").split("\n")
    _mark, *named = lines[0].split(" ")
    conform(named, "(delivery,digest)", "the first line of a table")
    begin = 2 if lines[1:2] == ["entry;disposition;scope;at"] else 1
    cells = [line.split(";") for line in lines[begin:]]
    good = cells and all(re.fullmatch(r"[1-9]\d{0,8}", row[0], re.ASCII) for row in cells)
    expect(good, "malformed", "a table has rows, and each begins with its entry")
    rows = [[int(row[0]), *row[1:]] for row in cells]
    conform(rows, "[(int,code,scope,time)]", "a table")
    latest = max(str(row[3]) for row in rows)
    soon = received == "9" or seconds(latest) <= seconds(received) + 86_400
    expect(soon, "malformed", "a row is of a time that has not come yet")
    word = {"v": 1, "typ": "confirm", "iss": "-", "aud": "-", "at": latest, "delivery": named[0]}
    word |= {"parcel": named[1], "manifest": named[1], "epoch": 1, "sequence": 1, "rows": rows}
    word["revision"] = max(1, seconds(latest))
    return read_word(canonical(word), "confirm") | {"table": True}


def read_statement(data: bytes, payload: bytes, received: str = "9") -> Json:
    """The statement in a payload. Of a JWS the header names its kind, else the document does."""
    if form_of(data) == "JWS":
        return read_word(payload, look_into_jws(data)[0])
    if payload.startswith(TABLE):
        return read_table(payload, received)
    return read_word(payload, str(read_json(payload, "a statement").get("typ")))


@cache
def word_of(data: bytes) -> Json | None:
    """What a statement says, before any signature is checked; None where it can't be read."""
    try:
        return read_statement(data, payload_of(data))
    except Wrong:
        return None


def open_word(case: Case, data: bytes, owner: Owner, role: str, at: str) -> tuple[Key, Json]:
    """Verify a statement as of `at`: by a pinned key of this owner and role, from the owner (`iss`)
    to this gateway (`aud`)."""
    form = form_of(data)
    if form == "JWS":
        header, signed, payload, signature = read_jws(data)
        key = case.pin(owner, role, header["kid"], at)
        expect(header["alg"] == key.alg, "wrong-alg", f"key {key.kid} is an {key.alg} key")
        check_signature(key, signature, signed)
    else:
        opened = open_cms(data, case.pins) if form == "CMS" else open_pgp(data, case.pins, at)
        payload, key = opened[0], case.pin(owner, role, opened[1], at)
    word = read_statement(data, payload, at)
    officers = owner[0] == "officers"
    expect((word["typ"] == "approval") == officers, "wrong-typ", f"no word of {owner[0]}")
    mine = "table" in word or word["iss"] == owner[1]
    expect(mine, "issuer", f"the statement does not name {owner[1]} as its issuer")
    ours = "table" in word or word["aud"] == case.pins.name
    expect(ours, "audience", f"the statement is not addressed to {case.pins.name}")
    return key, word


def open_partners(case: Case, one: Json) -> tuple[Key, Json]:
    """Verify a partner's statement as of the event that says when it came."""
    return open_word(case, one["data"], case.partner, "statement", case.time_of(case.kept(one)))


# ---- 5. The checks -------------------------------------------------------------------------------

SKEW = 300  # seconds that the gateway's clock may step back between two events


@dataclass(frozen=True)
class Check:
    """One numbered check. `run` returns what it found, or raises Wrong, Nothing or Unable; its
    docstring is what --explain prints."""

    number: int
    title: str
    run: Callable[[Case], str]


CHECKS: list[Check] = []


def check(number: int, title: str) -> Callable[[Callable[[Case], str]], Callable[[Case], str]]:
    """Give a check its number and title."""

    def add(run: Callable[[Case], str]) -> Callable[[Case], str]:
        CHECKS.append(Check(number, title, run))
        return run

    return add


@check(1, "the file is exactly what its members make")
def c01(case: Case) -> str:
    """The file is built again from its members and must have the same bytes. So nothing can hide
    between, before or behind them, and two different files never hold the same members."""
    expect(pack(case.members) == case.data, "form", "built again it has other bytes")
    return f"{len(case.members)} members, {len(case.data)} bytes"


@check(2, "every member is as index.json says")
def c02(case: Case) -> str:
    """index.json lists the SHA-256 of every other member. A member that was changed, added or taken
    out after the export shows here, by name."""
    digests = {name: sha256(d) for name, d in case.members.items() if name != "index.json"}
    if case.members["index.json"] == canonical({"v": 1, "typ": "index", "members": digests}):
        return ""
    try:
        listed = read_json(case.members["index.json"], "index.json").get("members")
    except Wrong:
        listed = None
    claimed = listed if isinstance(listed, dict) else {}
    names = sorted(n for n in {*claimed, *digests} if claimed.get(n) != digests.get(n))
    raise Wrong("index", "not as index.json says: " + ", ".join(names[:5] or ["index.json"]))


@check(3, "every member is known and can be read")
def c03(case: Case) -> str:
    """Each member is one that these checks look at, and could be read in one way only. A letter
    that nobody signed, put beside the proofs, would be found here."""
    if case.unread:
        raise case.unread
    known = {*REQUIRED, *OPTIONAL}
    known |= {f"statements/{one['statement'][7:]}.jws" for one in case.statements}
    known |= {f"fetches/{name[7:]}.json" for name in case.fetches}
    stems = [f"ledger/{leaf.index:010d}" for leaf in case.leaves]
    known |= {stem + end for stem in stems for end in (".json", ".salt", ".tlog-proof")}
    if not case.manifest:
        known = {"bundle.json", "index.json", "cover.html"}
        known |= {name for name in case.members if PART.fullmatch(name)}
        known |= {"month.json"} if case.head["kind"] == "month" else set()
    others = sorted(set(case.members) - known)
    expect(not others, "members", "unknown members: " + ", ".join(others[:5]))
    return ""


@check(4, "the trust file is this gateway's")
def c04(case: Case) -> str:
    """Your trust file is of the gateway that the bundle names, and no key is shown in the bundle
    with another owner, role, beginning or public part than you pinned. A revocation or retirement
    may be newer than either, and brings its end forward."""
    ours, named = case.pins.name, case.head["gateway"]
    expect(ours == named, "other-gateway", f"the trust file is of {ours}, the bundle of {named}")
    pins = (case.base or case.pins).keys
    for key in case.shown.values() if case.manifest else ():
        pinned = pins.get(key.kid, key)
        same = _but_its_end(pinned) == _but_its_end(key)
        expect(same, "other-pin", f"key {key.kid} is pinned otherwise than it is shown")
    unknown = sum(kid not in case.pins.keys for kid in case.shown)
    return f"{unknown} keys of the bundle are not pinned and count for nothing" * bool(unknown)


def _but_its_end(key: Key) -> tuple[Any, ...]:
    return (key.owner, key.role, key.alg, key.public, key.begins)


@check(5, "manifest signed by a pinned key of the gateway")
def c05(case: Case) -> str:
    """The manifest is the head of what was sent: to whom, how many entries, their digest, when.
    The gateway's manifest key signed these very bytes, and was valid when the ledger says that they
    were sealed. The gateway can't say later that it sent something else."""
    header, signed, payload, signature = read_jws(case.members["manifest.json.jws"])
    expect(not payload, "malformed", "a detached signature has an empty middle part")
    expect(header["typ"] == "palang-manifest+jws", "wrong-typ", "it signs something else")
    at = case.time_of(case.sealed())
    key = case.pin(("gateway", case.pins.name), "manifest", header["kid"], at)
    expect(header["alg"] == key.alg, "wrong-alg", f"key {key.kid} is an {key.alg} key")
    check_signature(key, signature, signed + base64url(case.members["manifest.json"]))
    return f"key {key.kid}"


@check(6, "bundle, manifest and ledger speak of one delivery")
def c06(case: Case) -> str:
    """The bundle's own head, the signed manifest and the ledger's event of the sealing name the
    same gateway, partner, delivery, batch, epoch and sequence."""
    names = ("gateway", "partner", "delivery", "epoch", "sequence")
    told, signed = ([one[name] for name in names] for one in (case.head, case.manifest))
    expect(told == signed, "other-delivery", f"bundle.json says {told}, the manifest {signed}")
    leaf = case.sealed()
    for name in ("epoch", "sequence", "batch") if leaf else ():
        same = leaf is not None and leaf.facts.get(name) == case.manifest[name]
        expect(same, "other-delivery", f"the ledger sealed another {name}")
    return f"delivery {signed[2]}, epoch {signed[3]}, sequence {signed[4]}"


@check(7, "the officers reviewed this batch")
def c07(case: Case) -> str:
    """What the officers were shown before they signed is of this batch, and gives this partner as
    many blocks as the manifest has. A voluntary slice, or one of unblocks, may have fewer, never
    more than the batch."""
    manifest, review = case.manifest, _review(case)
    for name in ("gateway", "batch", "test"):
        same = review.get(name) == manifest[name]
        expect(same, "other-review", f"the review is of another {name} than the manifest")
    counts = review["counts"]
    within = case.block <= counts["block"] and case.unblock <= counts["unblock"]
    expect(within, "more-than-reviewed", "the manifest has more entries than the review")
    share = {str(partner): block for partner, block, _unblock in review["shares"]}
    given = share.get(manifest["partner"], 0)
    same = manifest["basis"] == "voluntary" or given == case.block
    expect(same, "other-than-reviewed", f"{case.block} blocks, the review gives {given}")
    return f"batch {manifest['batch']}, digest {sha256(case.members['batch/review.json'])}"


def _review(case: Case) -> Json:
    return read(case.members["batch/review.json"], "review", "the review", "any")


@check(8, "two different officers signed")
def c08(case: Case) -> str:
    """One officer submitted and another released, with two keys, each over the digest of this very
    review, each key valid at its event in the ledger. No one of these keys could send it
    alone. Where a guard of the review was above its threshold, a third officer with a third key
    endorsed it."""
    submit, release = _approval(case, "submit"), _approval(case, "release")
    two = submit.owner != release.owner and submit.kid != release.kid
    expect(two, "one-officer", f"officer {submit.owner[1]} signed both")
    told = f"submitted by {submit.owner[1]}, released by {release.owner[1]}"
    review = _review(case)
    conform(review, "guards", "the review")
    guards = review.get("guards", [])
    over = ", ".join(str(name) for name, figure, most in guards if figure > most)
    there = "batch/endorse.jws" in case.members
    why = (
        f"guards above their threshold: {over or 'none'}; a third officer's word is there: {there}"
    )
    expect(bool(over) == there, "not-endorsed", why)
    if not there:
        return told
    third = _approval(case, "endorse")
    others = (submit.owner, release.owner, submit.kid, release.kid)
    third_one = third.owner not in others and third.kid not in others
    expect(third_one, "two-officers", f"officer {third.owner[1]} endorsed and signed otherwise")
    return f"{told}, endorsed by {third.owner[1]} ({over})"


def _approval(case: Case, act: str) -> Key:
    data = case.member(f"batch/{act}.jws")
    word = word_of(data)
    if word is None or word["typ"] != "approval":
        raise Wrong("malformed", f"batch/{act}.jws is no approval")
    review = sha256(case.members["batch/review.json"])
    due = {"act": f"batch.{act}", "subject": f"batch:{case.manifest['batch']}", "digest": review}
    same = all(word[name] == value for name, value in due.items())
    expect(same, "other-subject", f"officer {word['iss']} signed another act, batch or review")
    at = case.time_of(case.find(f"batch.{act}", statement=sha256(data)))
    return open_word(case, data, ("officers", word["iss"]), "approval", at)[0]


HEADER = "entry,number,action,category,channel,evidence_date,basis,review_date"
COLUMNS = HEADER.split(",")
ENTRY_LINE = re.compile(
    r"[1-9]\d{0,6},[1-9]\d{3,16},(?:block|unblock|listed|delisted),[a-z0-9_]{0,32},[a-z0-9_]{0,32},"
    r"(?:\d{4}-\d\d-\d\d)?,[A-Za-z0-9_./:-]{0,64},(?:\d{4}-\d\d-\d\d)?",
    re.ASCII,
)
FREED = ("unblock", "delisted")


def entries_of(data: bytes) -> list[list[str]]:
    """The lines of entries.csv as cells; messages name the entry, never its number."""
    lines = data.decode("latin-1").split("\n")
    shaped = lines[0] == HEADER and len(lines) > 1 and lines[-1] == ""
    expect(shaped, "entries", "entries.csv has another header or line end")
    for place, line in enumerate(lines[1:-1], 1):
        good = ENTRY_LINE.fullmatch(line) and line.startswith(f"{place},")
        expect(good, "entries", f"entry {place} is not in its form")
    return [line.split(",") for line in lines[1:-1]]


@check(9, "entries.csv is what was signed")
def c09(case: Case) -> str:
    """Where the bundle shows all entries: their file has the size, the salted digest, the tree root
    and the counts that the signed manifest gives. Not one number was added, dropped or changed."""
    data, salt = (case.members.get(f"slice/{n}") for n in ("entries.csv", "slice.salt"))
    if data is None and salt is None:
        raise Nothing("exported without entries")
    if data is None or salt is None or len(salt) != 32:
        raise Wrong("entries", "entries.csv and slice.salt belong together")
    signed = case.manifest["entries"]
    expect(len(data) == signed["bytes"], "entries", "another size than is signed")
    expect(sha256(salt + data) == signed["digest"], "entries", "another digest than is signed")
    rows, lines = entries_of(data), data.split(b"\n")[1:-1]
    salts = hashlib.shake_256(b"palang/leaf/v1" + salt).digest(16 * len(lines))
    row = [leaf_hash(salts[16 * i : 16 * i + 16] + line) for i, line in enumerate(lines)]
    same = tree_root(row) == bytes.fromhex(signed["root"][7:])
    expect(same, "entries", "another tree root than is signed")
    freed = sum(cells[2] in FREED for cells in rows)
    counted = (len(rows) - freed, freed) == (case.block, case.unblock)
    expect(counted, "entries", "other counts than are signed")
    return f"{len(rows)} entries"


@check(10, "the entry is one of those signed")
def c10(case: Case) -> str:
    """Where the bundle tells one entry's story: its line is a leaf of the tree whose root the
    manifest signs, proven by a path of hashes that shows no other number."""
    entry = case.entry
    if entry is None:
        expect(not case.one, "entry", "the bundle is of one entry and shows none")
        raise Nothing("this bundle is of a whole delivery")
    same = entry["entry"] == case.one and entry["line"].startswith(f"{case.one},")
    expect(same, "entry", f"the bundle is about entry {case.one}, another line is shown")
    hashed = leaf_hash(bytes.fromhex(entry["salt"]) + entry["line"].encode())
    root = bytes.fromhex(case.manifest["entries"]["root"][7:])
    check_inclusion(hashed, case.one - 1, case.count, hashes(entry["path"]), root)
    return f"entry {case.one} of {case.count}"


@check(11, "parcels sealed to the partner's own key")
def c11(case: Case) -> str:
    """Each parcel's digest and the key that it was encrypted to stand in the ledger, and that key
    is the partner's own, pinned for sealing: nobody else could open it."""
    for place, one in enumerate(case.sealings, 1):
        facts = {"delivery": case.manifest["delivery"], "manifest": case.digest, "sealing": place}
        leaf = case.find("delivery.seal", parcel=one["parcel"], kid=one["kid"], **facts)
        same = leaf is not None and (one["number"], one["at"]) == (place, leaf.at)
        expect(same, "other-parcel", f"sealing {place} is not in the ledger as it is shown")
        case.pin(case.partner, "seal", one["kid"], one["at"])
    expect(case.sealings, "other-parcel", "the bundle names no sealing")
    return ", ".join(one["parcel"] for one in case.sealings)


@check(12, "the partner's consent covers it")
def c12(case: Case) -> str:
    """A voluntary list went out under the partner's own signed consent: the one that the manifest
    names, not ended or withdrawn before any attempt, and nothing sent beyond its scope. An order to
    an operator needs no consent and shows none."""
    manifest, data = case.manifest, case.members.get("consent/consent.jws", b"")
    if manifest["basis"] == "mandatory":
        expect(not data, "consent", "an order to an operator rests on no consent")
        return "an operator's duty: no consent needed"
    expect(sha256(data) == manifest["consent"], "consent", "the manifest names another consent")
    at = case.time_of(case.find("consent.give", consent=manifest["consent"]))
    terms = open_word(case, data, case.partner, "statement", at)[1]
    expect(terms["typ"] == "consent", "consent", f"the partner signed a {terms['typ']}")
    if case.block:  # what was sent before may be freed whatever the consent says by now
        _check_live(case, terms)
        _check_scope(case, terms)
    return f"from {terms['from']} until {terms['until']}"


def _check_live(case: Case, terms: Json) -> None:
    ended = case.find("consent.withdraw", consent=case.manifest["consent"])
    named = {"delivery": case.manifest["delivery"]}
    for one in case.attempts:
        began = case.find("delivery.attempt", attempt=one["number"], **named)
        late = ended is not None and began is not None and ended.index < began.index
        live = terms["from"] <= one["began"] < terms["until"] and not late
        expect(live, "consent-ended", f"attempt {one['number']} began outside of the consent")


def _check_scope(case: Case, terms: Json) -> None:
    most = terms["maximum"]["entries"]
    expect(case.block <= most, "consent-exceeded", f"the consent allows {most} entries")
    data = case.members.get("slice/entries.csv")
    for row in entries_of(data) if data is not None else ():
        shown = {name for name, cell in zip(COLUMNS[3:], row[3:], strict=True) if cell}
        within = row[3] in ("", *terms["categories"]) and row[4] in ("", *terms["channels"])
        good = row[2] == "delisted" or (within and shown <= set(terms["fields"]))
        expect(good, "consent-exceeded", f"entry {row[0]} shows what the consent does not cover")


@check(13, "attempts are as the ledger has them")
def c13(case: Case) -> str:
    """Every attempt to hand the parcel over is shown as the ledger has it: number, parcel, times,
    outcome, and the very words that the channel answered."""
    named = {"delivery": case.manifest["delivery"]}
    began = [leaf for leaf in case.leaves if leaf.says("delivery.attempt", **named)]
    names = ("attempt", "sealing", "consent")
    told = [(*(leaf.facts.get(name, "") for name in names), leaf.at) for leaf in began]
    ours = ("number", "sealing", "consent", "began")
    shown = [tuple(one[name] for name in ours) for one in case.attempts]
    expect(told == shown, "attempts", f"the ledger has {len(began)} attempts, and not as shown")
    for one in case.attempts:
        leaf = case.find("delivery.outcome", attempt=one["number"], **named)
        ended = (leaf.facts.get("outcome"), leaf.at) if leaf is not None else ("", None)
        same = ended == (one["outcome"], one.get("ended"))
        words = leaf.facts.get("channel") if leaf is not None else None
        channel = {name: one["channel"][name] for name in ("endpoint", "peer", "words", "error")}
        same = same and words in (None, sha256(canonical(channel)))
        expect(same, "attempts", f"attempt {one['number']} ended otherwise than it is shown")
    return ", ".join(one["outcome"] or "in flight" for one in case.attempts) or "none yet"


@check(14, "state changes follow from each other")
def c14(case: Case) -> str:
    """The delivery's states in the ledger form one walk without a jump, and it ends acknowledged
    exactly if a positive receipt of the partner is here."""
    state, broken = replay(case, case.manifest["delivery"])
    place = broken.index if broken else 0
    expect(broken is None, "states", f"leaf {place} does not follow from the state before it")
    counted = [word["result"] for one, word in case.words("ack") if one["standing"] == "counted"]
    same = ("positive" in counted) == (state == "ACKNOWLEDGED")
    expect(same, "states", f"the ledger leads to {state}, the receipts say otherwise")
    return state


def replay(case: Case, delivery: str) -> tuple[str, Leaf | None]:
    """The state that the events lead to, and the first event that does not follow."""
    state = "QUEUED"
    for leaf in case.leaves:
        if leaf.facts.get("delivery") == delivery:
            if leaf.says("delivery.attempt") and state == "QUEUED":
                state = "SENDING"
            if leaf.facts.get("from", state) != state:
                return state, leaf
            state = str(leaf.facts.get("state", state))
    return state, None


def _signers(case: Case, kind: str, what: str) -> str:
    kids = Counter(open_partners(case, one)[0].kid for one, _word in case.words(kind))
    if not kids:
        raise Nothing(f"no {what} came")
    return ", ".join(f"{n} by key {kid}" for kid, n in sorted(kids.items()))


@check(15, "receipts signed by a pinned key of the partner")
def c15(case: Case) -> str:
    """Each receipt is signed by a key that you pinned to this partner, valid when the ledger says
    that it came, from this partner, to this gateway. The partner can't deny it, and nobody else
    could make it."""
    return _signers(case, "ack", "receipt")


@check(16, "receipts are over this manifest and parcel")
def c16(case: Case) -> str:
    """Each receipt names a parcel of this delivery and, if it could be opened, its manifest: a
    receipt of something else proves nothing here."""
    found = case.words("ack")
    for one, word in found:
        _check_about(case, one, word)
    echo = sha256(case.manifest["checkpoint"].encode())
    strange = sum(word.get("checkpoint", echo) != echo for _one, word in found)
    if not found:
        raise Nothing("no receipt came")
    return f"{strange} echo another checkpoint than was sent" * bool(strange)


def _check_about(case: Case, one: Json, word: Json) -> None:
    if "table" in word and word["manifest"] == case.digest:
        return  # a table names no parcel: its manifest says what it is about
    parcels = [sealing["parcel"] for sealing in case.sealings]
    mine = "table" not in word and word["parcel"] in parcels
    expect(mine, "unknown-parcel", f"statement {one['statement']} is about another parcel")
    if "manifest" in word:
        named = (word["manifest"], word.get("epoch"), word.get("sequence"))
        sealed = (case.digest, case.manifest["epoch"], case.manifest["sequence"])
        same = named == sealed
        expect(same, "wrong-object", f"statement {one['statement']} names another manifest")


@check(17, "confirmations signed by a pinned key of the partner")
def c17(case: Case) -> str:
    """As the receipts: each confirmation, in which the partner declares what it did with each
    entry, is signed by a pinned key of the partner that was valid when it came."""
    return _signers(case, "confirm", "confirmation")


@check(18, "confirmations are over this delivery")
def c18(case: Case) -> str:
    """Each confirmation names this delivery, its manifest and a parcel of it; a partner that takes
    part by consent agreed to answer entry by entry."""
    found = case.words("confirm")
    for one, word in found:
        _check_confirms(case, one, word)
    expect(not found or _agreed(case), "not-agreed", "the consent agrees to no word per entry")
    if not found:
        raise Nothing("no confirmation came")
    return ""


def _check_confirms(case: Case, one: Json, word: Json) -> None:
    _check_about(case, one, word)
    same = word["delivery"] == case.manifest["delivery"]
    expect(same, "wrong-object", f"statement {one['statement']} confirms another delivery")


def _agreed(case: Case) -> bool:
    word = word_of(case.members.get("consent/consent.jws", b"")) or {}
    return case.manifest["basis"] == "mandatory" or word.get("answers") == "per-entry"


@check(19, "confirmed entries exist and are answered in kind")
def c19(case: Case) -> str:
    """Confirmed entries are among those sent, and an order to block is not answered as one to open.
    Without the entries, a mixed slice leaves open which is which."""
    found = [word["rows"] for _one, word in case.words("confirm")]
    for rows in found:
        _check_rows(case, rows)
    if not any(found):
        raise Nothing("no confirmation came")
    return f"{sum(map(len, found))} rows"


def _check_rows(case: Case, rows: list[Any]) -> None:
    for entry, *_rest in rows:
        inside = 1 <= entry <= case.count
        expect(inside, "entry-outside", f"entry {entry}: the slice has 1 to {case.count}")
    data, mixed = case.members.get("slice/entries.csv"), case.block and case.unblock
    if mixed and data is None:
        return
    freed = [row[2] in FREED for row in entries_of(data)] if mixed and data is not None else []
    for entry, code, _scope, _at in rows:
        due = "unblock" if (freed[entry - 1] if freed else case.unblock) else "block"
        good = DISPOSITIONS[code][0] in ("both", due)
        expect(good, "wrong-action", f"entry {entry}: {code} does not answer what was asked")


@check(20, "what counts is what must count")
def c20(case: Case) -> str:
    """The gateway did not choose which statements count. Of receipts the first positive one counts;
    a negative only before it and over the newest parcel. Two confirmations of one revision that
    differ are in conflict, and neither counts."""
    done = False
    for one, word in case.words("ack"):
        counted = one["standing"] == "counted"
        sealed = [s["parcel"] for s in case.sealings if s["at"] <= one["received"]]
        holds = not counted or (not done and sealed[-1:] == [word["parcel"]])
        if word["result"] == "positive":
            holds, done = counted != done, True
        expect(holds, "standing", f"receipt {one['statement']} can't be {one['standing']}")
    found = case.words("confirm")
    revisions = Counter(word["revision"] for _one, word in found)
    for one, word in found:
        due = "counted" if revisions[word["revision"]] == 1 else "conflict"
        same = one["standing"] == due
        expect(same, "standing", f"confirmation {one['statement']} must be {due}")
    conflicts = sum(n for n in revisions.values() if n > 1)
    return f"{conflicts} confirmations in conflict count for nothing" * bool(conflicts)


@check(21, "no good statement was refused")
def c21(case: Case) -> str:
    """A statement that the gateway refused is tried again here. If it holds, the gateway had no
    right to refuse it, and the check fails."""
    refused = [one for one in case.statements if one["standing"] == "refused"]
    for one in refused:
        bad = f"statement {one['statement']} was refused ({one['reason']}) and holds"
        expect(not _holds(case, one), "refused-though-good", bad)
    if not refused:
        raise Nothing("none was refused")
    return f"{len(refused)} refused"


def _holds(case: Case, one: Json) -> bool:
    mixed = case.block and case.unblock and "slice/entries.csv" not in case.members
    try:
        word = open_partners(case, one)[1]
        if word["typ"] == "confirm":
            _check_confirms(case, one, word)
            _check_rows(case, word["rows"])
            return _agreed(case) and not mixed
        if word["typ"] == "ack":
            _check_about(case, one, word)
    except Wrong:
        return False
    return bool(word["typ"] == "ack")


@check(22, "checkpoint signed by a pinned key of the gateway")
def c22(case: Case) -> str:
    """The checkpoint is the signed head of the ledger: how many events it has, and one hash over
    all of them. The gateway's checkpoint key signed it; everything below hangs on it."""
    key = _signer_of(case, case.note, case.head["exported"])
    head = read_checkpoint(case.note)
    return f"{head.origin}, {head.size} leaves, key {key.kid}"


def _signer_of(case: Case, note: str, at: str) -> Key:
    key = open_note(note, case.pins, at)[1]
    return case.pin(key.owner, key.role, key.kid, at)


@check(23, "every event is in the ledger")
def c23(case: Case) -> str:
    """Each event, with its salt, is a leaf of the tree that the checkpoint heads, by a path of
    hashes. An event changed, invented or moved after it was logged does not lead to the signed
    root."""
    head = read_checkpoint(case.note)
    for leaf in case.leaves:
        hashed = leaf_hash(hashlib.sha256(leaf.salt + leaf.event).digest())
        check_inclusion(hashed, leaf.index, head.size, leaf.path, head.root)
    return f"{len(case.leaves)} leaves"


@check(24, "the history shown to the partner was kept")
def c24(case: Case) -> str:
    """The manifest carried a checkpoint to the partner. That older ledger is still the beginning of
    today's: the gateway did not rewrite its history since, and the partner holds the proof."""
    head, note = read_checkpoint(case.note), case.manifest["checkpoint"]
    _signer_of(case, note, case.time_of(case.sealed()))
    then = read_checkpoint(note)
    expect(then.origin == head.origin, "consistency", "the two checkpoints are of two logs")
    if then.size == 0:
        expect(then.root == tree_root([]), "consistency", "an empty tree has another root")
        return "the log was empty then"
    proof = case.document("ledger/consistency.json", "consistency")["items"]
    check_consistency(then, head, hashes(proof))
    return f"{then.size} leaves then, {head.size} now"


@check(25, "every document is in the ledger")
def c25(case: Case) -> str:
    """The officers' words, the sealing, the consent and every statement of the partner have their
    event in the ledger, and it says the same of them as the bundle does."""
    review, batch = sha256(case.members["batch/review.json"]), case.manifest["batch"]
    consent = case.members.get("consent/consent.jws")
    due: list[tuple[str, Leaf | None]] = []
    for act in ("submit", "release", "endorse"):
        if f"batch/{act}.jws" in case.members:
            facts = {"digest": review, "statement": sha256(case.members[f"batch/{act}.jws"])}
            due.append((f"the {act}", case.find(f"batch.{act}", batch=batch, **facts)))
    due.append(("the sealing", case.find("delivery.seal", sealing=1, manifest=case.digest)))
    if consent is not None:
        due.append(("the consent", case.find("consent.give", consent=sha256(consent))))
    for one in case.statements:
        due.append((f"the arrival of {one['statement']}", case.kept(one)))
        due.append((f"the standing of {one['statement']}", case.judged(one)))
    for what, leaf in due:
        expect(leaf is not None, "not-in-ledger", f"the ledger does not bear out {what}")
    return ""


LONG = re.compile(r"(?<![0-9A-Za-z_.=/-])\+?\d{9,15}(?![0-9A-Za-z_=/-])")


def may_be_number(value: Any) -> bool:
    """Whether there is a run of digits that may be a phone number; digests and ids are none."""
    if isinstance(value, dict):
        return any(may_be_number(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(may_be_number(part) for part in value)
    if isinstance(value, str):
        return not _is(value, "digest") and LONG.search(value) is not None
    return type(value) is int and re.fullmatch(r"(62)?8\d{8,11}", str(value)) is not None


@check(26, "no phone number in statements and events")
def c26(case: Case) -> str:
    """Statements and events name entries by their place in the list, never by number. So a bundle
    without entries shows nobody's number."""
    for leaf in case.leaves:
        expect(not may_be_number(leaf.facts), "number", f"leaf {leaf.index} may hold a number")
    for one in case.statements:
        try:
            payload = payload_of(one["data"])
        except Wrong:
            payload = one["data"]
        try:
            found = may_be_number(read_json(payload, "a payload"))
        except Wrong:
            found = LONG.search(payload.decode("latin-1")) is not None
        expect(not found, "number", f"statement {one['statement']} may hold a number")
    return ""


@check(27, "events are in a possible order")
def c27(case: Case) -> str:
    """What follows from another thing stands behind it in the ledger and is not dated before it:
    submitted, released, sealed, attempted, answered, exported. The manifest gives the release's
    time as the ledger does."""
    for before, after in pairwise([leaf for leaf in _course(case) if leaf is not None]):
        dated = seconds(before.at) - SKEW <= seconds(after.at)
        follows = before.index < after.index and dated
        expect(follows, "order", f"leaf {after.index} can't come before leaf {before.index}")
    release = case.find("batch.release", batch=case.manifest["batch"])
    same = release is None or release.at == case.manifest["released"]
    expect(same, "order", "the manifest gives another time of release than the ledger")
    for one in case.statements:
        kept, judged = case.kept(one), case.judged(one)
        came = kept is None or judged is None or kept.index < judged.index
        expect(came, "order", f"statement {one['statement']} was judged before it came")
    last = max((seconds(leaf.at) for leaf in case.leaves), default=0)
    behind = last - SKEW <= seconds(case.head["exported"])
    expect(behind, "order", "the bundle was exported before its last event")
    return ""


def _course(case: Case) -> Iterator[Leaf | None]:
    yield case.find("batch.submit", batch=case.manifest["batch"])
    if "batch/endorse.jws" in case.members:
        yield case.find("batch.endorse", statement=sha256(case.members["batch/endorse.jws"]))
    yield case.find("batch.release", batch=case.manifest["batch"])
    yield case.sealed()
    for one in case.attempts:
        facts = {"delivery": case.manifest["delivery"], "attempt": one["number"]}
        yield case.find("delivery.attempt", **facts)
        yield case.find("delivery.outcome", **facts)


@check(28, "the summary is what the statements amount to")
def c28(case: Case) -> str:
    """The summary's every figure is computed again from the statements that count: state, receipt,
    hand-over, outcomes, how many are declared done and how many are unanswered."""
    due, told = recompute(case), case.document("summary.json", "summary")
    wrong = sorted(name for name in {*due, *told} if due.get(name) != told.get(name))
    expect(not wrong, "summary", "the statements do not bear out: " + ", ".join(wrong))
    return f"{due['state']}, {due['declared_done']} of {due['entries']} entries declared done"


def outcomes(case: Case) -> dict[int, tuple[Any, Json, Json]]:
    """Per entry the row of the highest revision that counts, with its statement and words."""
    counting = [(o, w) for o, w in case.words("confirm") if o["standing"] == "counted"]
    counting.sort(key=lambda pair: int(pair[1]["revision"]))
    return {row[0]: (row, one, word) for one, word in counting for row in word["rows"]}


def recompute(case: Case) -> Json:
    """What the statements amount to: summary.json."""
    rows = outcomes(case)
    counts = Counter((row[1], row[2]) for row, _one, _word in rows.values())
    made: Json = {"v": 1, "typ": "summary", "entries": case.count}
    made["state"] = replay(case, case.head["delivery"])[0]
    made["outcomes"] = with_done(counts)
    made["declared_done"] = sum(n for _code, _scope, n, done in made["outcomes"] if done)
    made["unanswered"] = case.count - len(rows)
    handed = handed_over(case)
    made |= {"handed_over": handed} if handed else {}
    counted = [pair for pair in case.words("ack") if pair[0]["standing"] == "counted"]
    positive = [pair for pair in counted if pair[1]["result"] == "positive"]
    if positive:
        one, word = min(positive, key=lambda pair: str(pair[0]["received"]))
        times = {"ours": one["received"], "partners": word["at"]}
        made["acknowledged"] = {"statement": one["statement"], **times}
    if case.one in rows:
        row, one, word = rows[case.one]
        made["entry"] = dict(zip(("entry", "disposition", "scope", "partners"), row, strict=True))
        made["entry"] |= {"revision": word["revision"], "statement": one["statement"]}
    return made


def with_done(counts: Counter[tuple[str, str]]) -> list[Any]:
    """[disposition, scope, entries, counts as done], sorted."""
    found = ((code, scope, n) for (code, scope), n in counts.items())
    return sorted([c, s, n, DISPOSITIONS[c][1] and s != "list-only"] for c, s, n in found)


def handed_over(case: Case) -> str | None:
    """The first hand-over that a channel confirmed and that did not bounce, or the first fetch."""
    own = [leaf for leaf in case.leaves if leaf.facts.get("delivery") == case.head["delivery"]]
    bounces = (leaf for leaf in own if leaf.says("bounce.record", note="bounced"))
    bounced = {leaf.facts.get("attempt") for leaf in bounces}
    fetches = [leaf.facts for leaf in own if leaf.says("fetch.record")]
    for one in fetches:
        conform(one.get("fetched"), "time", "the event of a fetch")
    sent = [one for one in case.attempts if one["outcome"] == "sent" and "ended" in one]
    times = [one["ended"] for one in sent if one["number"] not in bounced]
    return min([*times, *(one["fetched"] for one in fetches)], default=None)


@check(29, "time")
def c29(case: Case) -> str:
    """Who vouches for the time: a time-stamping authority whose certificate you pinned, over the
    ledger's checkpoint (RFC 3161, checked by `openssl ts -verify`), or the gateway alone. Without a
    time-stamp nothing here proves when something was."""
    token, pinned = case.members.get("ledger/timestamp.tsr"), case.pins.authorities
    if token is None or not pinned:
        what = "a time-stamp of no pinned authority" if token else "no time-stamp"
        own = f"all times up to {case.head['exported']} are the gateway's own word"
        raise Nothing(f"{what}: {own}")
    at = _stamped(token, case.members["ledger/checkpoint.note"], "\n".join(pinned))
    last = max((leaf.at for leaf in case.leaves), default="")
    before = not last or seconds(last) - SKEW <= seconds(at)
    expect(before, "timestamp", f"an event is dated {last}, and its ledger was stamped {at}")
    return f"all of it existed on {at}, says a pinned authority"


def _stamped(token: bytes, note: bytes, pinned: str) -> str:
    """The authority's time, where `openssl ts` takes the token over the note."""
    with tempfile.TemporaryDirectory(prefix="palang-verify-") as name:
        reply, data, pins = (Path(name) / part for part in "rdp")
        reply.write_bytes(token)
        data.write_bytes(note)
        pins.write_text(pinned)
        said = run("openssl", "ts", "-reply", "-in", reply, "-text").stdout.decode("latin-1")
        sha2 = re.search(r"Hash Algorithm: sha(256|384|512)\n", said)
        told = re.search(r"Time stamp: (\w+ +\d+ [\d:]+)(?:\.\d+)? (\d+) GMT", said)
        expect(sha2 and told, "timestamp", "it is no granted time-stamp over SHA-2")
        shown = f"{told[1]} {told[2]}" if told else ""
        at = datetime.strptime(shown, "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        by = ("-CAfile", pins, "-untrusted", pins, "-partial_chain")
        when = ("-attime", str(int(at.timestamp())))
        done = run("openssl", "ts", "-verify", "-in", reply, "-data", data, *by, *when)
    expect(done.returncode == 0, "timestamp", "openssl ts -verify does not take it")
    return wire(int(at.timestamp()))


@check(30, "fetches signed by a pinned key of the partner")
def c30(case: Case) -> str:
    """Where the partner fetches its parcels itself: each fetch that counts is shown with the
    partner's own signed request, for this parcel, within 300 seconds of the fetch."""
    facts = {"delivery": case.manifest["delivery"], "signed": True}
    logged = [leaf for leaf in case.leaves if leaf.says("fetch.record", **facts)]
    named = {leaf.facts.get("statement") for leaf in logged}
    expect(set(case.fetches) == named, "fetches", "the ledger has other fetches than are shown")
    kids = [_fetched(case, leaf, str(leaf.facts["statement"])) for leaf in logged]
    if not kids:
        raise Nothing("no signed fetch")
    return f"{len(kids)}, by {kids[0]}"


def _fetched(case: Case, leaf: Leaf, name: str) -> str:
    told, kept = case.fetches[name], case.find("inbound.keep", statement=name)
    expect(kept is not None, "not-in-ledger", f"nothing says when fetch {name} was told")
    came, parcels = case.time_of(kept), [sealing["parcel"] for sealing in case.sealings]
    same = told["parcel"] == leaf.facts.get("parcel") and told["parcel"] in parcels
    expect(same, "unknown-parcel", f"fetch {name} is of another parcel")
    began = min((one["began"] for one in case.attempts), default=came)
    due = max(min(told["at"], came), began)
    expect(leaf.facts.get("fetched") == due, "fetch-time", f"fetch {name} was at another time")
    data = told["request"].encode()
    try:
        key, word = open_word(case, data, case.partner, "statement", came)
    except Wrong as wrong:  # a partner may have keys for requests alone
        if wrong.reason != "wrong-role" or (word_of(data) or {}).get("typ") != "request":
            raise
        key, word = open_word(case, data, case.partner, "request", came)
    asked = word["typ"] == "request" and word["epoch"] == case.manifest["epoch"]
    asked = asked and word["from"] <= case.manifest["sequence"]
    asked = asked and abs(seconds(word["at"]) - seconds(told["at"])) <= 300
    expect(asked, "wrong-object", f"the request of fetch {name} does not ask for it then")
    return key.kid


def _several(case: Case) -> list[Case]:
    """The deliveries that can be read, of a bundle of several."""
    if case.manifest:
        raise Nothing("this bundle is of one delivery")
    return [part for part in case.parts if part.manifest]


@check(31, "the deliveries belong together")
def c31(case: Case) -> str:
    """In a bundle of a number or a month each delivery stands under its own name, is of the kind
    and gateway and moment that bundle.json says, and all stand under one checkpoint; a month's
    under that of its cut-off. So they tell of one and the same ledger."""
    parts, head = _several(case), case.head
    kind = "entry" if head["kind"] == "number" else "delivery"
    for part in parts:
        told = [part.head[name] for name in ("delivery", "kind", "gateway", "exported")]
        due = [part.name, kind, head["gateway"], head["exported"]]
        expect(told == due, "other-bundle", f"{part.name} is of another delivery, kind or export")
    notes = {part.note for part in parts}
    expect(len(notes) < 2, "checkpoints", "the deliveries stand under different checkpoints")
    expect(notes or head["kind"] == "month", "empty", "the bundle shows no delivery")
    for note in notes if head["kind"] == "month" else ():
        size = read_checkpoint(note).size
        expect(size == head["cutoff"]["leaves"], "cutoff", f"the checkpoint has {size} leaves")
    return f"{len(parts)} deliveries"


@check(32, "all are of the number or the month")
def c32(case: Case) -> str:
    """In a bundle of a number every delivery shows a line with the same number; in a bundle of a
    month every delivery was released in that month, on a clock in Jakarta."""
    parts, head = _several(case), case.head
    if head["kind"] == "number":
        lines = [part.entry["line"].split(",") for part in parts if part.entry]
        shown = {line[1] for line in lines if len(line) > 1}
        expect(len(shown) < 2, "other-number", "the deliveries are of different numbers")
        return "one number"
    for part in parts:
        month = wire(seconds(part.manifest["released"]) + 7 * 3600)[:7]
        expect(month == head["month"], "other-month", f"{part.name} was released in {month}")
    return str(head["month"])


@check(33, "month.json is what they amount to")
def c33(case: Case) -> str:
    """A month's every figure is computed again from its deliveries, by partner and in sum. What was
    never sealed is listed by the gateway's own word: nothing of it left the house."""
    parts = _several(case)
    if case.head["kind"] == "number":
        raise Nothing("this bundle is of one number")
    told = read_json(case.members["month.json"], "month.json")
    conform(told, "figures", "month.json")
    unsealed = told["unsealed"]
    good = all(len(one) == 4 for one in unsealed) and not (told["more"] and unsealed)
    expect(good, "figures", "what was never sealed has four members, and stands in the last part")
    due = figures(case.head, parts) | {"more": told["more"], "unsealed": unsealed}
    wrong = sorted(name for name in {*due, *told} if due.get(name) != told.get(name))
    expect(not wrong, "figures", "the deliveries do not bear out: " + ", ".join(wrong))
    return f"{len(parts)} deliveries, {len(unsealed)} never sealed (the gateway's own word)"


def figures(head: Json, parts: list[Case]) -> Json:
    """month.json, but for what only the gateway can say."""
    rows = [_figure(part) for part in parts]
    groups = sorted({(row["partner"], row["test"]) for row in rows})
    totals = [_total([r for r in rows if (r["partner"], r["test"]) == one]) for one in groups]
    named = {"v": 1, "typ": "month", "month": head["month"], "part": head["part"]}
    return named | {"deliveries": rows, "totals": totals}


def _figure(part: Case) -> Json:
    manifest = part.manifest
    row = {name: manifest[name] for name in ("delivery", "partner", "basis", "test", "released")}
    row |= {"block": part.block, "unblock": part.unblock, "summary": recompute(part)}
    row["sealed"] = min((one["at"] for one in part.sealings), default=wire(0))
    row["respond_within"] = manifest.get("respond_within", manifest.get("target"))
    found = outcomes(part).values()
    counts = Counter((one["received"], line[1], line[2]) for line, one, _word in found)
    return row | {"answers": [[*said, n] for said, n in sorted(counts.items())]}


def _total(rows: list[Json]) -> Json:
    total = {name: rows[0][name] for name in ("partner", "basis", "test")}
    told = [row["summary"] for row in rows]
    total |= {name: sum(row[name] for row in rows) for name in ("block", "unblock")}
    for name in ("entries", "declared_done", "unanswered"):
        total[name] = sum(one[name] for one in told)
    total["acknowledged"] = sum("acknowledged" in one for one in told)
    counts: Counter[tuple[str, str]] = Counter()
    for code, scope, n, _done in (line for one in told for line in one["outcomes"]):
        counts[code, scope] += n
    return total | {"deliveries": len(rows), "outcomes": with_done(counts)}


COVERS = {  # SHA-256 of a page's fixed text: of which kind of bundle it is
    "67a0b48ea90fbf681fcd5fde9d67c72a257c9fba5425c971844e60a827ff4231": "order",
    "1b372df3581367187af623d38a40bc90c3e0a859cf6f5459e0284240b086fac7": "order-unproven",
    "009e250f4809606aa17e4a0ba71d6fd2de08831330c3723e15a9ec503385d971": "listed",
    "e5b7b95c625115eb7efe8cf3e27f22f90e808dca462fdee5661f073956a37068": "listed-unproven",
    "c517add77d9f1996c556be3e8cc07bd898e619d10ad1adc9d4b837ed12acdb16": "number",
    "42db2b5b81d3eaceb4366db520c8be48f3148284356684d21b031f2883845553": "month",
}
NONE = "–"
SLOT = re.compile(r'<td id="([a-z]+)">([^<]*)</td>')
ROWS = re.compile(r'(<tbody id="rows">)(.*)(</tbody>)', re.DOTALL)


@check(34, "the cover page says the same")
def c34(case: Case) -> str:
    """The cover page is for people, and a page can lie. Its fixed text is one that is known here by
    its digest; every value and row in it is what the bundle proves, computed again."""
    data = case.members.get("cover.html", b"")
    if not data:
        raise Nothing("the bundle has no cover page")
    kind, values, rows = _cover(case)
    page = data.decode(errors="replace")
    fixed = SLOT.sub(r'<td id="\1"></td>', ROWS.sub(r"\1\3", page))
    known = COVERS.get(sha256(fixed.encode())[7:]) == kind
    expect(known, "cover", "the fixed text of cover.html is not that of this kind of bundle")
    told = {name: html.unescape(value) for name, value in SLOT.findall(page)}
    wrong = sorted(name for name, value in told.items() if values.get(name, NONE) != value)
    expect(not wrong, "cover", "cover.html says otherwise: " + ", ".join(wrong))
    lines = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    due, written = "".join(f"<tr>{line}</tr>\n" for line in lines), ROWS.search(page)
    expect(written is not None and written[2] == due, "cover", "cover.html has other rows")
    return "it says what the bundle shows"


def _wib(at: str | None) -> str:
    """A time as the page shows it: 24-11-2026 14.03 WIB."""
    if at is None:
        return NONE
    day, clock = wire(seconds(at) + 7 * 3600).split("T")
    return "-".join(reversed(day.split("-"))) + f" {clock[:2]}.{clock[3:5]} WIB"


def _count(n: int) -> str:
    return f"{n:,}".replace(",", ".")


Cover = tuple[str, dict[str, str], list[list[str]]]


def _cover(case: Case) -> Cover:
    """Which page is due, its values, its rows."""
    if case.manifest:
        return _cover_of_one(case)
    parts, head = _several(case), case.head
    values = {"gateway": head["gateway"], "exported": _wib(head["exported"])}
    values["deliveries"] = _count(len(parts))
    if head["kind"] == "number":
        values["number"] = "+" + (_cell(parts[0], 1) if parts else "")
        return "number", values, [_story(part) for part in parts]
    values |= {"month": head["month"], "part": _count(head["part"])}
    values["cutoff"] = _count(head["cutoff"]["leaves"])
    names = ("deliveries", "acknowledged", "entries", "declared_done", "unanswered")
    totals = figures(head, parts)["totals"]
    shown = [[t["partner"] + ", uji" * t["test"], *(_count(t[n]) for n in names)] for t in totals]
    return "month", values, shown


def _cover_of_one(case: Case) -> Cover:
    manifest, summary = case.manifest, recompute(case)
    values = {name: str(manifest[name]) for name in ("gateway", "partner", "delivery")}
    values |= {"state": summary["state"], "manifest": case.digest, "receipt": NONE}
    values["sequence"] = f"{manifest['epoch']}/{manifest['sequence']}"
    values |= {"parcel": case.sealings[-1]["parcel"]} if case.sealings else {}
    counts = {"entries": case.count, "block": case.block, "unblock": case.unblock}
    counts |= {"done": summary["declared_done"], "unanswered": summary["unanswered"]}
    values |= {name: _count(n) for name, n in counts.items()}
    receipt = summary.get("acknowledged", {})
    if receipt:
        values["receipt"] = f"{manifest['delivery']}-{receipt['statement'][7:23]}"
    times = {"released": manifest["released"], "exported": case.head["exported"]}
    times |= {"sealed": case.sealings[0]["at"]} if case.sealings else {}
    times |= {"handed": summary.get("handed_over"), "received": receipt.get("ours")}
    values |= {
        name: _wib(at) for name, at in (times | {"partners": receipt.get("partners")}).items()
    }
    rows = [[code, scope or NONE, _count(n)] for code, scope, n, _done in summary["outcomes"]]
    if case.entry:
        values |= {"entry": _count(case.entry["entry"]), "number": "+" + _cell(case, 1)}
        one = summary.get("entry")
        rows = [[one["disposition"], one["scope"] or NONE, "1"]] if one else []
    kind = "listed" if manifest["basis"] == "voluntary" else "order"
    return kind if receipt else f"{kind}-unproven", values, rows


def _story(part: Case) -> list[str]:
    summary = recompute(part)
    receipt, one = summary.get("acknowledged", {}), summary.get("entry", {})
    times = [part.manifest["released"], summary.get("handed_over"), receipt.get("ours")]
    row = [part.name, part.manifest["partner"], _cell(part, 2), *map(_wib, times)]
    return [*row, one.get("disposition", NONE), one.get("scope") or NONE, _wib(one.get("partners"))]


def _cell(part: Case, place: int) -> str:
    cells = part.entry["line"].split(",") if part.entry else []
    return str(cells[place]) if len(cells) > place else ""


LIFE = 730 * 86_400  # how long an officer's key counts from its approval on
PARTNERS_ROLES = ("statement", "request", "seal")


@check(35, "keys beyond the trust file announced by two pinned officers")
def c35(case: Case) -> str:
    """A key that your trust file does not have counts only where two different officers, whose
    keys it has, signed its announcement; or officers who were brought in the same way before. It
    counts from the second one's event in the ledger on, never by the bundle alone. An officer whose
    key your trust file calls revoked brings nobody in. A key that two officers revoked counts no
    more from that event on."""
    items = unpinned(case)
    if not items or case.base is None:
        raise Nothing("it rests on no key beyond your trust file")
    known, told = dict(case.base.keys), []
    for one in sorted(items, key=lambda one: _word_leaf(case, one, 1).index):
        who = _announcers(case, one, known)
        at, kid = _word_leaf(case, one, 1).at, one.key.kid
        if one.grants:
            known.setdefault(kid, _from_leaf(one, at))
        else:
            same = kid in known and known[kid].owner == one.key.owner
            expect(same, "unknown-key", f"key {kid} is revoked and was never known")
            known[kid] = _ended(known[kid], at)
        what = "announced" if one.grants else "revoked"
        told.append(f"{one.key.owner[1]} {one.key.role} {kid} {what} by {who}")
    return "; ".join(told)


def _word_leaf(case: Case, one: Announced, place: int) -> Leaf:
    leaf = one.leaf(case, place)
    if leaf is None:
        raise Wrong("not-in-ledger", f"key {one.key.kid}: the ledger has no such officer's word")
    return leaf


def _announcers(case: Case, one: Announced, known: dict[str, Key]) -> str:
    """Two different officers, with two keys that counted at their events."""
    first, second = (_announcer(case, one, place, known) for place in (0, 1))
    two = first.owner != second.owner and first.kid != second.kid
    expect(two, "one-officer", f"key {one.key.kid}: officer {first.owner[1]} signed twice")
    ordered = _word_leaf(case, one, 0).index < _word_leaf(case, one, 1).index
    expect(ordered, "order", f"key {one.key.kid}: the second officer's word stands first")
    return f"{first.owner[1]}, {second.owner[1]}"


def _announcer(case: Case, one: Announced, place: int, known: dict[str, Key]) -> Key:
    data, at = one.approvals[place], _word_leaf(case, one, place).at
    word = word_of(data)
    if word is None or word["typ"] != "approval":
        raise Wrong("malformed", f"key {one.key.kid}: an officer's word is no approval")
    by = {"partner.approve": "partner", "officer.approve": "officer"}.get(one.act)
    subject = f"{by}:{one.key.owner[1]}" if by else f"key:{one.key.kid}"
    due = {"act": one.acts[place], "subject": subject, "digest": _announced_digest(case, one)}
    same = all(word[name] == value for name, value in due.items())
    expect(same, "other-subject", f"officer {word['iss']} signed another act, subject or key")
    then = replace(case, pins=case.pins.beside(known), used={})
    signer = open_word(then, data, ("officers", word["iss"]), "approval", at)[0]
    pinned = case.base.keys.get(signer.kid) if case.base else None
    # the event's time is the gateway's own word: a key that was lost could be used with any
    revoked = pinned is not None and pinned.revoked
    expect(not revoked, "key-revoked", f"officer {word['iss']} is revoked in your trust file")
    return signer


def _announced_digest(case: Case, one: Announced) -> str:
    """What the officers must have signed, of this very key."""
    key = one.key
    owned: Json = {"v": 1, "kid": key.kid, "owner": "/".join(key.owner)}
    if not one.grants:
        return sha256(canonical(owned | {"typ": "key-revoke"}))
    mine = key.owner[0] == GRANTS[one.act][0] and key.owner[1] == (
        case.pins.name if one.act == "key.announce" else key.owner[1]
    )
    mine = mine and (key.role == "approval") == (one.act == "officer.approve")
    expect(mine, "wrong-owner", f"such an act brings no {key.role} key of {key.owner[1]}")
    if one.act == "key.announce":
        owned |= {"typ": "key-announce", "role": key.role, "alg": key.alg}
        owned |= {"public": sha256(key.public.encode()), "begins": key.begins, "ends": key.ends}
        return sha256(canonical(owned))
    if one.act == "partner.approve":
        _expect_on_card(case, one)
        return sha256(one.card)
    at = _word_leaf(case, one, 1).at
    window = (key.begins, key.ends) == (at, wire(seconds(at) + LIFE))
    expect(window, "other-key", f"key {key.kid} has another time than its approval gives")
    person = {"v": 1, "typ": "officer", "id": key.owner[1], "name": one.name, "kid": key.kid}
    return sha256(canonical(person | {"public": json.loads(key.public)}))


def _expect_on_card(case: Case, one: Announced) -> None:
    card = read(payload_of(one.card), "card", "the card")
    keys = [read_key(key, one.key.owner, "the card") for key in card["keys"]]
    mine = (card["iss"], card["aud"]) == (one.key.owner[1], case.pins.name)
    mine = mine and one.key in keys and one.key.role in PARTNERS_ROLES
    expect(mine, "other-key", f"key {one.key.kid} does not stand like this on the approved card")


# ---- 6. What is printed --------------------------------------------------------------------------

OK, FAILED, NOT_CHECKED = "ok", "FAILED", "not checked"
OF_ALL = (31, 32, 33)  # checks of a bundle of several; 1 to 4 and 34 are of it and of its parts
OF_BOTH = (1, 2, 3, 4, 34)
TRIPS = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Result:
    """How a check ended. `unable`: a tool is missing, so that nothing is proven."""

    check: Check
    status: str
    detail: str = ""
    reason: str = ""
    unable: bool = False

    def line(self) -> str:
        """[ 3] title: ok (detail)."""
        tail = f" {self.reason}: {self.detail}" if self.reason else f" ({self.detail})"
        return (
            f"[{self.check.number:2}] {self.check.title}: {self.status}{tail * bool(self.detail)}"
        )


def run_check(one: Check, case: Case) -> Result:
    """One check of one bundle."""
    if case.unread and one.number != 3:
        return Result(one, NOT_CHECKED, "the bundle can't be read")
    try:
        return Result(one, OK, one.run(case))
    except Wrong as wrong:
        return Result(one, FAILED, str(wrong), wrong.reason)
    except TRIPS as trip:  # what no form foresaw is no pass
        return Result(one, FAILED, f"it can't be read ({type(trip).__name__})", "malformed")
    except Nothing as nothing:
        return Result(one, NOT_CHECKED, str(nothing))
    except Unable as unable:
        return Result(one, NOT_CHECKED, str(unable), unable=True)


def run_all(one: Check, case: Case) -> Result:
    """One check of the file: of a single delivery, or of several and of each among them."""
    if case.manifest or case.unread or one.number in OF_ALL:
        return run_check(one, case)
    own = run_check(one, case) if one.number in OF_BOTH else None
    if own is not None and own.status == FAILED:
        return own
    inside = [(part.name, run_check(one, part)) for part in case.parts]
    for name, found in inside:
        if found.status == FAILED:
            return Result(one, FAILED, f"delivery {name}: {found.detail}", found.reason)
    unable = [found for _name, found in inside if found.unable]
    if unable or own is not None:
        return unable[0] if unable else own or unable[0]
    held = [found for _name, found in inside if found.status == OK]
    same = {found.detail for found in held}
    if held:
        return Result(one, OK, same.pop() if len(same) == 1 else f"{len(held)} deliveries")
    return inside[0][1] if inside else Result(one, NOT_CHECKED, "the bundle shows no delivery")


@dataclass(frozen=True)
class Report:
    """All results, and the exit code that follows from them."""

    results: list[Result]
    case: Case
    pinned: bool

    @property
    def code(self) -> int:
        """0 passed under pinned keys, 1 failed, 3 nothing proven."""
        if any(one.status == FAILED for one in self.results):
            return 1
        return 0 if self.pinned and not any(one.unable for one in self.results) else 3


def verify(data: bytes, pins: Pins | None) -> Report:
    """Run all checks. Raises Unreadable where the bytes are no bundle at all."""
    try:
        case = open_bundle(data, pins)
    except (Wrong, *TRIPS) as wrong:
        members = unpack(data)
        case = Case(data, members, {}, pins or nobody("-"))
        case.unread = wrong if isinstance(wrong, Wrong) else Wrong("malformed", str(type(wrong)))
        results = [run_check(c, case) for c in CHECKS]
        for place in (0, 1):  # the file itself can be looked at all the same
            case.unread = None
            results[place] = run_check(CHECKS[place], case)
        return Report(results, case, pins is not None)
    return Report([run_all(one, case) for one in CHECKS], case, pins is not None)


def claims(case: Case) -> list[Json]:
    """What each delivery amounts to; nothing where it can't be read."""
    try:
        parts = [case] if case.manifest else [part for part in case.parts if part.manifest]
        names = ("delivery", "partner", "basis")
        return [{n: part.manifest[n] for n in names} | recompute(part) for part in parts]
    except (Wrong, Unable, *TRIPS):
        return []


def to_json(report: Report, now: str) -> Json:
    """The report as --json prints it."""
    checks = [
        {
            "number": one.check.number,
            "title": one.check.title,
            "status": one.status,
            "reason": one.reason,
            "detail": one.detail,
        }
        for one in report.results
    ]
    shown = [
        {"owner": key.owner[1], "role": key.role, "fingerprint": key.kid}
        for key in report.case.shown.values()
    ]
    used = [
        {"owner": key.owner[1], "role": key.role, "fingerprint": key.kid, "as_of": at}
        | {"then": key.status(at), "now": key.status(now), "announced": key.announced}
        for key, at in report.case.used.values()
    ]
    name = "claims" if report.code == 0 else "unproven_claims"
    head: Json = {"passed": report.code == 0, "pinned": report.pinned, "exit": report.code}
    bundle = {n: v for n, v in report.case.head.items() if n not in ("v", "typ")}
    head |= {"bundle": bundle, "checks": checks, "keys": shown, "used": used}
    return head | {name: claims(report.case)}


def to_text(report: Report, now: str) -> str:
    """The report for people."""
    lines = [one.line() for one in report.results]
    used = sorted(report.case.used.values(), key=lambda pair: (pair[0].owner, pair[0].role))
    if report.pinned and used:
        lines += ["", "Keys that this rests on, as of then and now:"]
        for key, at in used:
            lines.append(f"  {key.owner[1]:<16} {key.role:<10} {key.kid}")
            told = f", announced by {key.announced}" if key.announced else ""
            lines.append(f"  {'':<16} {at}: {key.status(at)}{told}; now: {key.status(now)}")
    if not report.pinned:
        lines += ["", "Keys in the file, which prove nothing by themselves:"]
        keys = report.case.shown.values()
        lines += [f"  {key.owner[1]:<16} {key.role:<10} {key.kid}" for key in keys]
        lines += ["Compare them with what you got at onboarding, then give --trust trust.json."]
    if report.code == 0:
        lines += ["", "Proven under your pinned keys:"]
        lines += [line for claim in claims(report.case) for line in _sentences(claim)]
    return "\n".join([*lines, "", _verdict(report)])


def _sentences(claim: Json) -> Iterator[str]:
    """A declaration is a declaration: nobody's signature says what a network did."""
    yield f"Delivery {claim['delivery']}: {claim['state']}, {claim['entries']} entries."
    yield f"  handed over, by the channel's answer: {claim.get('handed_over', 'never')}"
    receipt = claim.get("acknowledged")
    told = f"{receipt['ours']}, the partner says {receipt['partners']}" if receipt else "never"
    yield f"  acknowledged under the partner's key: {told}"
    for code, scope, n, done in claim["outcomes"]:
        yield "  " + " ".join(filter(None, (str(n), "declared", code, scope, "(done)" * done)))
    done, left = claim["declared_done"], claim["unanswered"]
    if claim["basis"] == "voluntary":
        yield f"  acted upon, as {claim['partner']} declared: {done}; no answer: {left}"
        yield "  this was no order: silence has no consequence"
    else:
        yield f"  declared done by {claim['partner']}: {done}; unanswered: {left}"
    one = claim.get("entry")
    if one:
        said = " ".join(filter(None, (one["disposition"], one["scope"])))
        yield f"  entry {one['entry']}: declared {said}, the partner says {one['partners']}"


def _verdict(report: Report) -> str:
    failed = [str(one.check.number) for one in report.results if one.status == FAILED]
    unable = [str(one.check.number) for one in report.results if one.unable]
    if failed:
        return f"NOT GOOD: check {', '.join(failed)} failed."
    if not report.pinned:
        return "NOT PROVEN: no pinned keys."
    if unable:
        return f"NOT PROVEN: check {', '.join(unable)} could not be made on this machine."
    return "GOOD: every check passed."


BAHASA = """
Berkas disusun ulang dari isinya dan harus sama persis: tidak ada yang tersembunyi di dalamnya.
index.json mencatat SHA-256 setiap isi: yang diubah, ditambah, atau dibuang tampak di sini.
Setiap isi dikenal pemeriksaan ini dan hanya dapat dibaca dengan satu cara.
Berkas trust Anda milik gerbang ini, dan tidak ada kunci yang ditunjukkan lain daripada disimpan.
Manifes (apa yang dikirim, kepada siapa, kapan) ditandatangani kunci gerbang yang berlaku saat itu.
Kepala berkas, manifes, dan jejak audit menyebut satu penyampaian, mitra, paket, dan nomor urut.
Yang dilihat kedua pejabat sebelum menandatangani adalah paket ini, dengan jumlah untuk mitra ini.
Satu pejabat mengajukan, pejabat lain menerbitkan, dengan dua kunci; bila ambang dilampaui, tiga.
Bila semua entri ditunjukkan: tidak satu nomor pun ditambah, dibuang, atau diubah.
Bila satu entri ditunjukkan: barisnya termasuk yang ditandatangani, tanpa menunjukkan nomor lain.
Setiap paket disandi untuk kunci mitra ini sendiri: orang lain tidak dapat membukanya.
Daftar sukarela dikirim menurut persetujuan mitra yang masih berlaku, dan tidak melampauinya.
Setiap percobaan penyampaian ditunjukkan seperti dicatat, dengan jawaban saluran waktu itu.
Perubahan status berurutan tanpa lompatan; berakhir "diterima" hanya bila tanda terima ada.
Setiap tanda terima ditandatangani kunci mitra yang Anda simpan, yang berlaku saat ia tiba.
Setiap tanda terima adalah tentang paket dan manifes ini, bukan tentang hal lain.
Setiap pernyataan mitra tentang entri ditandatangani kuncinya, yang berlaku saat ia tiba.
Pernyataan itu menyebut penyampaian ini; mitra sukarela setuju menjawab per entri.
Entri yang dinyatakan memang dikirim, dan dijawab menurut jenisnya: blokir atau buka.
Yang dihitung bukan pilihan gerbang: tanda terima pertama, revisi tertinggi; yang bentrok gugur.
Pernyataan yang ditolak gerbang diperiksa lagi: bila ternyata sah, pemeriksaan ini gagal.
Kepala jejak audit ditandatangani kunci gerbang: jumlah peristiwa dan satu sidik atas semuanya.
Setiap peristiwa ada dalam jejak audit: yang diubah atau dikarang tidak sampai ke sidik itu.
Jejak audit yang dulu ditunjukkan kepada mitra adalah awal jejak hari ini: tidak ada yang dicabut.
Tanda tangan pejabat, penyegelan, persetujuan, dan pernyataan mitra semua ada dalam jejak audit.
Tidak ada nomor telepon dalam pernyataan dan peristiwa: entri disebut menurut urutannya.
Urutan peristiwa mungkin terjadi: diajukan, diterbitkan, disegel, dikirim, dijawab, diekspor.
Setiap angka ringkasan dihitung ulang dari pernyataan yang bertanda tangan.
Siapa menjamin waktu: otoritas cap waktu yang Anda simpan sertifikatnya, atau gerbang sendiri.
Pengambilan oleh mitra ditunjukkan dengan permintaan bertanda tangannya sendiri, pada menit itu.
Berkas nomor atau bulan: semua penyampaian dari satu ekspor, di bawah satu kepala jejak audit.
Semua baris menunjukkan nomor yang sama; semua penyampaian terbit pada bulan itu (WIB).
Setiap angka bulan dihitung ulang dari penyampaiannya.
Teks tetap halaman depan dikenal dari sidiknya; setiap nilai di dalamnya dihitung ulang.
Kunci yang tidak Anda simpan hanya berlaku bila diumumkan dua pejabat yang kuncinya Anda simpan.
"""


def explain(bahasa: bool) -> str:
    """Each check in words; in Bahasa Indonesia, line by line, from above."""
    if bahasa:
        lines = zip(CHECKS, BAHASA.strip().split("\n"), strict=True)
        return "\n\n".join(f"[{one.number:2}] {one.title}\n     {line}" for one, line in lines)
    parts = (
        f"[{c.number:2}] {c.title}\n     {' '.join((c.run.__doc__ or '').split())}" for c in CHECKS
    )
    return "\n\n".join(parts)


def _options(arguments: list[str]) -> argparse.Namespace:
    head, _, tail = (__doc__ or "").partition("\n\n")
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=head, epilog=tail, formatter_class=form)
    parser.add_argument("bundle", nargs="?", type=Path, help="what palang audit export wrote")
    parser.add_argument("--trust", type=Path, help="your pinned keys, kept since onboarding")
    parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    parser.add_argument("--explain", action="store_true", help="say what each check is, and stop")
    parser.add_argument("--bahasa", action="store_true", help="--explain dalam Bahasa Indonesia")
    found = parser.parse_args(arguments)
    if found.bundle is None and not found.explain:
        parser.error("name a BUNDLE, or --explain")
    return found


def main(arguments: list[str]) -> int:
    """The command; returns the exit code."""
    options = _options(arguments)
    if options.explain:
        print(explain(options.bahasa))
        return 0
    try:
        pins = Pins(options.trust.read_bytes(), "the trust file") if options.trust else None
        report = verify(options.bundle.read_bytes(), pins)
    except (OSError, Unreadable, Wrong) as bad:
        print(f"Error: {bad}", file=sys.stderr)
        return 2
    now = wire(int(time.time()))
    if options.json:
        print(json.dumps(to_json(report, now), ensure_ascii=False))
    else:  # a bundle's own words can't steer the terminal
        text = to_text(report, now)
        print("".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in text))
    return report.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
