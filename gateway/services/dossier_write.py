"""A dossier as the members of a bundle (docs/evidence.md)."""

import base64

from gateway.domain import ledger
from gateway.domain.bundle import Members
from gateway.domain.canonical import JsonObject, digest, encode
from gateway.domain.records import Attempt
from gateway.domain.times import to_wire
from gateway.services import announced
from gateway.services import dossier as d


def members(dossier: d.Dossier) -> Members:
    """All members but index.json, which gateway/domain/bundle.py adds."""
    return {
        d.BUNDLE: encode(_head(dossier.head)),
        d.MANIFEST: dossier.manifest,
        d.MANIFEST_JWS: dossier.manifest_jws,
        d.REVIEW: dossier.review,
        d.SUBMIT: dossier.submit,
        d.RELEASE: dossier.release,
        d.SEALINGS: _list("sealings", [_sealing(item) for item in dossier.sealings]),
        d.ATTEMPTS: _attempts(dossier.attempts),
        d.STATEMENTS: _list("statements", [_statement(item) for item in dossier.statements]),
        d.SUMMARY: encode(dossier.summary),
        d.KEYS: dossier.keys,
        d.CHECKPOINT: dossier.note.encode(),
        d.CONSISTENCY: _list("consistency", [_b64(item) for item in dossier.consistency]),
        **{statement_name(item.digest): item.jws for item in dossier.statements},
        **{fetch_name(item.digest): item.body for item in dossier.fetches},
        **_leaves(dossier),
        **_optional(dossier),
    }


def statement_name(statement: str) -> str:
    """The member that holds a statement: named by its id."""
    return f"statements/{statement.removeprefix('sha256:')}.jws"


def fetch_name(word: str) -> str:
    """The member that holds the listener's word of a fetch, with the signed request in it."""
    return f"fetches/{word.removeprefix('sha256:')}.json"


def leaf_name(index: int, suffix: str) -> str:
    """The member of a ledger leaf: `.json` its event, `.salt`, `.tlog-proof`."""
    return f"ledger/{index:010d}{suffix}"


def _optional(dossier: d.Dossier) -> Members:
    found: Members = {}
    whole = {
        d.ENDORSE: dossier.endorse,
        d.CONSENT: dossier.consent,
        d.TIMESTAMP: dossier.timestamp,
        d.COVER: dossier.cover,
        d.ANNOUNCED: announced.to_bytes(dossier.announced) if dossier.announced else b"",
    }
    found |= {name: data for name, data in whole.items() if data}
    if dossier.entries is not None and dossier.salt is not None:
        found |= {d.ENTRIES: dossier.entries, d.SALT: dossier.salt}
    if dossier.proof is not None:
        found[d.ENTRY] = encode(_proof(dossier.proof))
    return found


def _leaves(dossier: d.Dossier) -> Members:
    found: Members = {}
    for leaf in dossier.leaves:
        found[leaf_name(leaf.index, ".json")] = leaf.event
        found[leaf_name(leaf.index, ".salt")] = leaf.salt
        proof = ledger.proof_text(leaf.index, list(leaf.path), dossier.note)
        found[leaf_name(leaf.index, ".tlog-proof")] = proof.encode()
    return found


def _head(head: d.Head) -> JsonObject:
    document: JsonObject = {
        "v": 1,
        "typ": "bundle",
        "kind": head.kind,
        "gateway": head.gateway,
        "partner": head.partner,
        "delivery": head.delivery,
        "epoch": head.epoch,
        "sequence": head.sequence,
        "exported": to_wire(head.exported),
    }
    return document | ({"entry": head.entry} if head.kind == "entry" else {})


def _list(typ: str, items: list[JsonObject] | list[str]) -> bytes:
    return encode({"v": 1, "typ": typ, "items": items})


def _sealing(sealing: d.SealingFact) -> JsonObject:
    return {
        "number": sealing.number,
        "parcel": sealing.parcel,
        "kid": sealing.kid,
        "at": to_wire(sealing.at),
    }


def _attempts(attempts: tuple[Attempt, ...]) -> bytes:
    items = [_attempt(attempt) for attempt in attempts]
    return encode({"v": 1, "typ": "attempts", "proves": d.HANDOVER_PROVES, "items": items})


def _attempt(attempt: Attempt) -> JsonObject:
    document: JsonObject = {
        "number": attempt.number,
        "sealing": attempt.sealing,
        "began": to_wire(attempt.began_at),
        "outcome": attempt.outcome,
        "consent": attempt.consent,
        "channel": _channel(attempt),
    }
    return document | ({"ended": to_wire(attempt.ended_at)} if attempt.ended_at else {})


def _channel(attempt: Attempt) -> JsonObject:
    return {
        "endpoint": attempt.endpoint,
        "peer": attempt.peer_fingerprint,
        "words": attempt.remote_id,
        "error": attempt.error,
    }


def channel_digest(attempt: Attempt) -> str:
    """What an outcome's leaf names as `channel`, so that the channel's words, which stay out of
    the ledger, can't be changed afterwards."""
    return digest(encode(_channel(attempt)))


def _statement(fact: d.StatementFact) -> JsonObject:
    return {
        "statement": fact.digest,
        "received": to_wire(fact.received),
        "standing": str(fact.standing),
        "reason": fact.reason,
    }


def _proof(proof: d.EntryProof) -> JsonObject:
    return {
        "v": 1,
        "typ": "entry",
        "entry": proof.entry,
        "line": proof.line,
        "salt": proof.salt.hex(),
        "path": [_b64(item) for item in proof.path],
    }


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
