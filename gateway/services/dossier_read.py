"""A bundle's members read strictly as a dossier. Everything wrong is NotVerified."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Literal, TypeVar

from gateway.domain import fetched, fields, ledger
from gateway.domain.bundle import INDEX, Members
from gateway.domain.canonical import Json, JsonObject, decode, digest
from gateway.domain.errors import NotVerified
from gateway.domain.records import Attempt
from gateway.services import announced
from gateway.services import dossier as d
from gateway.services.dossier_write import fetch_name, leaf_name, statement_name
from gateway.services.jws import statement_of

T = TypeVar("T")

_LEAF = re.compile(r"\d{10}", re.ASCII)
_MOST = 20_000  # items of one list


def read(members: Members) -> d.Dossier:
    """Raises NotVerified: malformed, version, missing, proof."""
    for name in d.REQUIRED:
        if name not in members:
            raise NotVerified("missing", f"the bundle has no {name}")
    head = _head(_document(members, d.BUNDLE, "bundle"))
    statements = _statements(members)
    leaves = _leaves(members)
    fetches = _fetches(members)
    return d.Dossier(
        head=head,
        manifest=members[d.MANIFEST],
        manifest_jws=members[d.MANIFEST_JWS],
        review=members[d.REVIEW],
        submit=members[d.SUBMIT],
        release=members[d.RELEASE],
        consent=members.get(d.CONSENT, b""),
        sealings=_items(members, d.SEALINGS, "sealings", _sealing),
        attempts=_attempts(members, head),
        statements=statements,
        keys=members[d.KEYS],
        leaves=leaves,
        note=_text(members[d.CHECKPOINT], d.CHECKPOINT),
        consistency=_items(members, d.CONSISTENCY, "consistency", _hash),
        summary=_document(members, d.SUMMARY, "summary"),
        entries=members.get(d.ENTRIES),
        salt=members.get(d.SALT),
        proof=_proof(_document(members, d.ENTRY, "entry")) if d.ENTRY in members else None,
        fetches=fetches,
        endorse=members.get(d.ENDORSE, b""),
        timestamp=members.get(d.TIMESTAMP, b""),
        cover=members.get(d.COVER, b""),
        announced=_announced(members),
        others=_others(members, statements, leaves, fetches),
    )


def _announced(members: Members) -> tuple[announced.Announced, ...]:
    if d.ANNOUNCED not in members:
        return ()
    return _items(members, d.ANNOUNCED, "announcements", announced.from_json)


def _others(
    members: Members,
    statements: tuple[d.StatementFact, ...],
    leaves: tuple[d.Leaf, ...],
    fetches: tuple[d.FetchFact, ...],
) -> tuple[str, ...]:
    known = {INDEX, *d.REQUIRED, *d.OPTIONAL}
    known |= {statement_name(fact.digest) for fact in statements}
    known |= {fetch_name(fact.digest) for fact in fetches}
    known |= {
        leaf_name(leaf.index, suffix)
        for leaf in leaves
        for suffix in (".json", ".salt", ".tlog-proof")
    }
    return tuple(sorted(set(members) - known))


def _document(members: Members, name: str, typ: str) -> JsonObject:
    document = decode(members[name], what=name)
    fields.version(document)
    fields.one_of(document, "typ", (typ,))
    return document


def _items(members: Members, name: str, typ: str, read_item: Callable[[Json], T]) -> tuple[T, ...]:
    return fields.array(_document(members, name, typ), "items", read_item, most=_MOST)


def _object(item: Json) -> JsonObject:
    if not isinstance(item, dict):
        raise NotVerified("malformed", "an item must be an object")
    return item


def _string(document: JsonObject, name: str) -> str:
    """A string that may be empty."""
    value = document.get(name)
    if not isinstance(value, str):
        raise NotVerified("malformed", f"member {name!r}: expected text")
    return value


def _head(document: JsonObject) -> d.Head:
    kind: Literal["delivery", "entry"] = (
        "entry" if fields.one_of(document, "kind", ("delivery", "entry")) == "entry" else "delivery"
    )
    return d.Head(
        kind=kind,
        gateway=fields.text(document, "gateway", most=64),
        partner=fields.text(document, "partner", most=31),
        delivery=fields.text(document, "delivery", most=64),
        epoch=fields.whole(document, "epoch", least=1),
        sequence=fields.whole(document, "sequence", least=1),
        entry=fields.whole(document, "entry", least=1) if kind == "entry" else 0,
        exported=fields.moment(document, "exported"),
    )


def _sealing(item: Json) -> d.SealingFact:
    document = _object(item)
    return d.SealingFact(
        number=fields.whole(document, "number", least=1),
        parcel=fields.sha256(document, "parcel"),
        kid=fields.text(document, "kid", most=64),
        at=fields.moment(document, "at"),
    )


def _attempts(members: Members, head: d.Head) -> tuple[Attempt, ...]:
    proves = _document(members, d.ATTEMPTS, "attempts").get("proves")
    if proves != d.HANDOVER_PROVES:
        raise NotVerified("malformed", "attempts.json says of itself what it does not prove")
    return _items(members, d.ATTEMPTS, "attempts", lambda item: _attempt(item, head))


def _attempt(item: Json, head: d.Head) -> Attempt:
    document = _object(item)
    channel = fields.member(document, "channel")
    return Attempt(
        delivery=head.delivery,
        number=fields.whole(document, "number", least=1),
        sealing=fields.whole(document, "sealing", least=1),
        began_at=fields.moment(document, "began"),
        consent=_string(document, "consent"),
        outcome=_string(document, "outcome"),
        ended_at=fields.moment(document, "ended") if "ended" in document else None,
        endpoint=_string(channel, "endpoint"),
        peer_fingerprint=_string(channel, "peer"),
        remote_id=_string(channel, "words"),
        error=_string(channel, "error"),
    )


def _statements(members: Members) -> tuple[d.StatementFact, ...]:
    return _items(members, d.STATEMENTS, "statements", lambda item: _statement(item, members))


def _statement(item: Json, members: Members) -> d.StatementFact:
    document = _object(item)
    name = fields.sha256(document, "statement")
    jws = members.get(statement_name(name))
    if jws is None:
        raise NotVerified("missing", f"the bundle has no {statement_name(name)}")
    if digest(jws) != name:
        raise NotVerified("malformed", f"{statement_name(name)} holds another statement")
    return d.StatementFact(
        digest=name,
        jws=jws,
        received=fields.moment(document, "received"),
        standing=d.Standing(fields.one_of(document, "standing", tuple(d.Standing))),
        reason=_string(document, "reason"),
        statement=statement_of(jws),
    )


def _fetches(members: Members) -> tuple[d.FetchFact, ...]:
    bodies = (members[name] for name in sorted(members) if name.startswith("fetches/"))
    return tuple(d.FetchFact(digest(body), body, fetched.read(body)) for body in bodies)


def _leaves(members: Members) -> tuple[d.Leaf, ...]:
    names = (name for name in members if name.startswith("ledger/"))
    stems = sorted({name.split("/", 1)[1].split(".")[0] for name in names})
    return tuple(_leaf(members, int(s)) for s in stems if _LEAF.fullmatch(s))


def _leaf(members: Members, index: int) -> d.Leaf:
    for suffix in (".json", ".salt", ".tlog-proof"):
        if leaf_name(index, suffix) not in members:
            raise NotVerified("missing", f"the bundle has no {leaf_name(index, suffix)}")
    event = members[leaf_name(index, ".json")]
    proof_name = leaf_name(index, ".tlog-proof")
    number, path, note = ledger.read_proof(_text(members[proof_name], proof_name))
    if number != index or note != _text(members[d.CHECKPOINT], d.CHECKPOINT):
        raise NotVerified("proof", f"{proof_name} is about another leaf or checkpoint")
    document = decode(event, what=f"the event of leaf {index}")
    return d.Leaf(
        index=index,
        salt=members[leaf_name(index, ".salt")],
        event=event,
        path=tuple(path),
        tag=fields.text(document, "event", most=64),
        at=fields.moment(document, "at"),
        facts=document,
    )


def _proof(document: JsonObject) -> d.EntryProof:
    try:
        salt = bytes.fromhex(fields.text(document, "salt", most=32))
    except ValueError:
        raise NotVerified("malformed", "member 'salt': expected 32 hex digits") from None
    return d.EntryProof(
        entry=fields.whole(document, "entry", least=1),
        line=fields.text(document, "line", most=256),
        salt=salt,
        path=fields.array(document, "path", _hash, most=64),
    )


def _hash(item: Json) -> bytes:
    try:
        value = base64.b64decode(item if isinstance(item, str) else "", validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if len(value) != 32:
        raise NotVerified("malformed", "a hash is 32 bytes in base64")
    return value


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise NotVerified("malformed", f"{name} is not UTF-8 text") from None
