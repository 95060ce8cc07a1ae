"""A partner's own script for the exchange: no Palang code, only docs/formats.md.

    partner_script.py HOME card KIND ID GATEWAY CHANNEL REPLY PEER_FILE   keys, and card.jws to send
    partner_script.py HOME consent TERMS_FILE              an OTT's consent, its terms as JSON
    partner_script.py HOME run [SECONDS]                   take, block, answer; once or on

HOME holds trust.json (from the gateway, compared by phone), keys.json, inbox/, outbox/,
blocked.json (what the network bars), done.json (what was taken). Needs Python and jwcrypto.
"""

import hashlib
import io
import json
import os
import sys
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jwcrypto import jwe, jwk, jws  # type: ignore[import-untyped]  # it ships no types
from jwcrypto.common import JWException  # type: ignore[import-untyped]  # as above

HOME = Path()
MEMBERS = ["manifest.json", "manifest.json.jws", "entries.csv", "slice.salt"]
MOST = 192 * 1024 * 1024  # bytes of a parcel, and of what is in it
jwe.default_max_plaintext_size = MOST
DONE = {"block": ("diblokir_total", "total"), "unblock": ("dibuka", ""),
        "listed": ("ditindak", "account"), "delisted": ("dibuka", "")}  # fmt: skip
SEALED = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "typ": "palang-parcel+jwe"}


class Refused(Exception):
    """A parcel that is not taken; the text is a reason of docs/formats.md."""


def now(days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def load(name: str, empty: Any) -> Any:
    path = HOME / name
    return json.loads(path.read_bytes()) if path.exists() else empty


def save(path: Path, data: bytes) -> None:
    """Whole and durable, or not at all."""
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def sign(kind: str, statement: dict[str, Any]) -> bytes:
    """A signed statement; what it is about is in `statement`, who says it to whom is added."""
    keys = load("keys.json", {})
    head = {"v": 1, "typ": kind, "iss": keys["id"], "aud": keys["gateway"], "at": now()}
    body = json.dumps(head | statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    key = jwk.JWK(**keys["statement"])
    header = {"alg": "Ed25519", "kid": key.thumbprint(), "typ": f"palang-{kind}+jws"}
    token = jws.JWS(body.encode())
    token.add_signature(key, alg="Ed25519", protected=json.dumps(header))
    return str(token.serialize(compact=True)).encode()


def send(kind: str, statement: dict[str, Any]) -> None:
    """Into outbox/, under the digest of its bytes: the same statement twice is one file."""
    signed = sign(kind, statement)
    save(HOME / "outbox" / f"{hashlib.sha256(signed).hexdigest()}.jws", signed)


def make_card(kind: str, me: str, gateway: str, channel: str, reply: str, peer: str) -> None:
    """New keys, and the card that two officers of the gateway approve."""
    made = {"statement": jwk.JWK.generate(kty="OKP", crv="Ed25519"),
            "seal": jwk.JWK.generate(kty="OKP", crv="X25519")}  # fmt: skip
    secret = {name: key.export(as_dict=True) for name, key in made.items()}
    save(HOME / "keys.json", json.dumps({"id": me, "gateway": gateway, **secret}).encode())
    algorithms = {"statement": "Ed25519", "seal": "ECDH-ES+A256KW/X25519"}
    keys = [
        {"kid": key.thumbprint(), "role": role, "alg": algorithms[role], "not_before": now(-1),
         "not_after": now(365), "public": key.export_public(as_dict=True)}
        for role, key in made.items()
    ]  # fmt: skip
    card = {"name": "Mitra dengan skrip", "kind": kind, "contacts": [], "keys": keys,
            "envelopes": ["jose"], "channel": channel, "reply": reply, "peer": peer,
            "test": True}  # fmt: skip
    save(HOME / "card.jws", sign("card", card))


def gateway_key(kid: str, role: str) -> jwk.JWK:
    """A pinned key of the gateway, in that role and valid now; nothing else is ever trusted."""
    for key in load("trust.json", {"gateway": []})["gateway"]:
        good = key["role"] == role and key["not_before"] <= now() < key["not_after"]
        if key["kid"] == kid and good and key.get("revoked", "9") > now():
            return jwk.JWK(**key["public"])
    raise Refused("bad-signature")


def unseal(data: bytes) -> dict[str, bytes]:
    """The four members of a parcel sealed to us."""
    try:
        token = jwe.JWE()
        token.deserialize(data.decode("ascii"), jwk.JWK(**load("keys.json", {})["seal"]))
        header = token.jose_header
        if any(header.get(name) != value for name, value in SEALED.items()) or "zip" in header:
            raise Refused("cant-open")
        with zipfile.ZipFile(io.BytesIO(token.payload)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if archive.namelist() != MEMBERS or size > MOST:
                raise Refused("malformed")
            return {name: archive.read(name) for name in MEMBERS}
    except (JWException, ValueError, zipfile.BadZipFile) as error:
        raise Refused("cant-open") from error


def verify(members: dict[str, bytes]) -> dict[str, Any]:
    """The manifest, if the gateway signed it for us, over exactly these entries."""
    body, signature = members["manifest.json"], members["manifest.json.jws"]
    token = jws.JWS()
    try:
        token.deserialize(signature.decode("ascii"))
        header = json.loads(token.objects["protected"])
        if set(header) != {"alg", "kid", "typ"} or header["typ"] != "palang-manifest+jws":
            raise Refused("bad-signature")
        key = gateway_key(header["kid"], "manifest")
        token.verify(key, detached_payload=body)
    except (JWException, ValueError) as error:
        raise Refused("bad-signature") from error
    manifest: dict[str, Any] = json.loads(body)
    keys, entries = load("keys.json", {}), members["entries.csv"]
    if manifest["partner"] != keys["id"]:
        raise Refused("wrong-partner")
    if manifest["gateway"] != keys["gateway"] or manifest["v"] != 1:
        raise Refused("bad-signature")
    if manifest["test"] is not True:
        raise Refused("test-mismatch")
    salted = digest(members["slice.salt"] + entries)
    if (salted, len(entries)) != (manifest["entries"]["digest"], manifest["entries"]["bytes"]):
        raise Refused("bad-digest")
    return manifest


def enforce(manifest: dict[str, Any], entries: bytes) -> list[list[Any]]:
    """Bar and free numbers; of two orders for a number the one of the higher batch wins."""
    ruling, rows = load("blocked.json", {}), []
    for line in entries.decode("ascii").splitlines()[1:]:
        entry, number, action = line.split(",")[:3]
        newer = ruling.get(number, [0])[0] <= manifest["batch"]
        if newer:
            ruling[number] = [manifest["batch"], action]
        rows.append([int(entry), *(DONE[action] if newer else ("superseded", "")), now()])
    save(HOME / "blocked.json", json.dumps(ruling).encode())
    return rows


def take(data: bytes) -> None:
    """One parcel: stored before it is acknowledged, enforced before it is confirmed, once."""
    done = load("done.json", {})
    parcel = digest(data)
    about: dict[str, Any] = {"parcel": parcel}
    try:
        members = unseal(data)
        manifest, named = verify(members), digest(members["manifest.json"])
        place = f"{manifest['epoch']}/{manifest['sequence']}"
        about |= {"manifest": named, "epoch": manifest["epoch"], "sequence": manifest["sequence"]}
        if any(int(known.partition("/")[0]) > manifest["epoch"] for known in done):
            raise Refused("old-epoch")
        if done.get(place, {"manifest": named})["manifest"] != named:
            raise Refused("sequence-conflict")
    except Refused as refused:
        print(f"refused {parcel}: {refused}", flush=True)
        send("ack", about | {"result": "negative", "reason": str(refused)})
        return
    if place not in done:
        # The digest rule: enforced once, whatever how often it comes. Killed before this is saved,
        # the next run enforces the same again, which changes nothing.
        rows = enforce(manifest, members["entries.csv"])
        done[place] = {"manifest": named, "rows": rows}
        save(HOME / "done.json", json.dumps(done).encode())
    note = digest(manifest["checkpoint"].encode())
    send("ack", about | {"result": "positive", "checkpoint": note})
    rows = done[place]["rows"]
    send("confirm", about | {"delivery": manifest["delivery"], "revision": 1, "rows": rows})
    print(f"took {manifest['delivery']}, sequence {manifest['sequence']}", flush=True)


def hear(data: bytes) -> None:
    """The gateway's signed answer to a statement of ours, or its head."""
    token = jws.JWS()
    token.deserialize(data.decode("ascii"))
    header = json.loads(token.objects["protected"])
    token.verify(gateway_key(header["kid"], "statement"))
    word = json.loads(token.payload)
    if word["aud"] == load("keys.json", {})["id"] and word["typ"] == "answer":
        print(f"{word['result']} {word['statement']} {word.get('reason', '')}", flush=True)


def run() -> None:
    """Everything that lies in inbox/, in the order of the names."""
    for path in sorted((HOME / "inbox").glob("palang-*")):
        beside = path.with_name(path.name + ".sha256")
        if path.suffix == ".jwe":
            data = path.read_bytes()
            if beside.exists() and beside.read_text()[:64] != hashlib.sha256(data).hexdigest():
                continue  # still on its way
            take(data)
            beside.unlink(missing_ok=True)
        elif path.suffix == ".jws":
            try:
                hear(path.read_bytes())
            except (Refused, JWException, ValueError):
                print(f"not the gateway's: {path.name}", flush=True)
        else:
            continue
        path.unlink()


def main(arguments: list[str]) -> None:
    global HOME
    HOME = Path(arguments[0])
    for name in ("inbox", "outbox"):
        (HOME / name).mkdir(parents=True, exist_ok=True)
    match arguments[1:]:
        case ["card", kind, me, gateway, channel, reply, peer]:
            make_card(kind, me, gateway, channel, reply, Path(peer).read_text().strip())
        case ["consent", terms]:
            send("consent", json.loads(Path(terms).read_text()))
        case ["run", *rest]:
            run()
            while rest:
                time.sleep(float(rest[0]))
                run()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
