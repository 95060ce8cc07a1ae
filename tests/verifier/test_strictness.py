"""Whatever is signed and logged well but is not in its form: both verifiers refuse it alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

import palang_verify
from gateway.domain.canonical import encode
from gateway.domain.ledger import Checkpoint
from gateway.domain.statements import About, Ack, to_bytes
from gateway.domain.trust import write_trust
from keys import base64url
from keys.notes import C2spNotes
from tests.vectors.bundle_goods import FEWER, RawAnswer, Story, Tell
from tests.vectors.bundle_keys import FixedKeys
from tests.vectors.keyring import GATEWAY, PARTNER, START
from tests.vectors.lying import DELIVERY, ENTRIES, ENTRY, NUMBER, OTHER, OTT, PULL, files, said
from tests.vectors.parts import SIGNATURES, Scenario
from tests.verifier.both import of_file, of_palang

AT = "2026-11-24T07:00:00Z"


@cache
def keys() -> FixedKeys:
    return FixedKeys()


def document(name: str, **changes: Any) -> Tell:
    """A member with other members, under an index that agrees; None takes one out."""

    def change(found: dict[str, bytes]) -> None:
        told = json.loads(found[name]) | changes
        left = {key: value for key, value in told.items() if value is not None}
        found[name] = encode(left)

    return files(change)


def text(name: str, old: bytes, new: bytes) -> Tell:
    """A member with other bytes, under an index that agrees."""

    def change(found: dict[str, bytes]) -> None:
        assert old in found[name]
        found[name] = found[name].replace(old, new, 1)

    return files(change)


def manifest(**changes: Any) -> Tell:
    """A manifest that says something else, signed."""

    def tell(story: Story) -> None:
        told = encode(json.loads(story.manifest_bytes) | changes)
        signer = story.keys.signers["manifest"]
        signature = SIGNATURES.sign_detached(told, "manifest", signer)
        change = {"manifest.json": told, "manifest.json.jws": signature}
        files(lambda found: found.update(change))(story)

    return tell


def payload(name: str, **changes: Any) -> Tell:
    """A statement whose payload says something else, signed; None takes a member out."""

    def tell(story: Story) -> None:
        before = story.answers[name]
        told = json.loads(to_bytes(before.statement)) | changes
        left = {key: value for key, value in told.items() if value is not None}
        story.answers[name] = replace(before, payload=encode(left))

    return tell


def jws(change: Callable[[bytes], bytes]) -> Tell:
    """A receipt whose JWS is written otherwise."""

    def tell(story: Story) -> None:
        ack = story.answers["ack"]
        raw = change(ack.jws(story.keys))
        story.answers["ack"] = RawAnswer(ack.statement, ack.at, ack.standing, raw=raw)

    return tell


def header(**changes: Any) -> Callable[[bytes], bytes]:
    """A header with other members; the signature stays, and would not hold either."""

    def change(data: bytes) -> bytes:
        head, body, tail = data.split(b".")
        told = json.loads(base64url.decode(head, "it")) | changes
        return b".".join((base64url.encode(encode(told)), body, tail))

    return change


def padded(data: bytes) -> bytes:
    """The same bits in another writing: the last character has bits that nobody reads."""
    alphabet = base64url.ALPHABET
    last = alphabet.index(data[-1])
    return data[:-1] + bytes([alphabet[last ^ 1]])


def proof_of_another(found: dict[str, bytes]) -> None:
    found["ledger/0000000001.tlog-proof"] = found["ledger/0000000002.tlog-proof"]


def proof_of_another_form(found: dict[str, bytes]) -> None:
    name = "ledger/0000000001.tlog-proof"
    found[name] = found[name].replace(b"tlog-proof@v1", b"tlog-proof@v2")


def another_statement(found: dict[str, bytes]) -> None:
    one, two, *_rest = sorted(name for name in found if name.startswith("statements/"))
    found[one] = found[two]


def attached(story: Story) -> None:
    signer = story.keys.signers["manifest"]
    story.manifest_jws = SIGNATURES.sign(story.manifest_bytes, "manifest", signer)


def of_another_kind(story: Story) -> None:
    signer = story.keys.signers["manifest"]
    story.manifest_jws = SIGNATURES.sign_detached(story.manifest_bytes, "head", signer)


def of_another_log(story: Story) -> None:
    head = palang_verify.read_checkpoint(story.manifest.checkpoint)
    body = Checkpoint("palang-lain.example/ledger", head.size, head.root).body()
    note = C2spNotes().sign(body, GATEWAY, story.keys.signers["checkpoint"])
    story.manifest = replace(story.manifest, checkpoint=note)


def no_consent(story: Story) -> None:
    """The partner's signed word, and no consent."""
    about = About(1, 1, OTHER, OTHER)
    word = Ack(PARTNER, GATEWAY, START, about, "positive")
    story.terms = word  # type: ignore[assignment]  # that it is none is the point


def other_header(story: Story) -> None:
    story.csv = story.csv.replace(b"entry,number", b"place,number")


MEMBERS = [
    ("version", "members", document("bundle.json", v=2)),
    ("no kind", "members", document("bundle.json", kind="week")),
    ("another type", "members", document("summary.json", typ="sum")),
    ("a hand-over that proves more", "members", document("attempts.json", proves="all of it")),
    ("an empty list for an object", "members", document("keys.json", partners=[])),
    ("items that are an object", "members", document("sealings.json", items={})),
    ("a fraction", "members", text("summary.json", b'"entries":4', b'"entries":4.0')),
    ("a byte order mark", "members", text("summary.json", b"{", b"\xef\xbb\xbf{")),
    ("a proof of another leaf", "members", files(proof_of_another)),
    ("a proof in another form", "members", files(proof_of_another_form)),
    ("another statement", "members", files(another_statement)),
    ("a missing salt", "members", files(lambda found: found.pop("ledger/0000000001.salt"))),
    ("no sealing", "dossier", said(sealings=())),
]
MANIFESTS = [
    ("another batch", "members", manifest(batch=8)),
    ("a predecessor of the first", "members", manifest(previous="sha256:" + "0" * 64)),
    ("a rehearsal in earnest", "members", manifest(rehearsal=True, test=False)),
    ("a time that does not exist", "members", manifest(issued="2026-02-30T00:00:00Z")),
    ("attached", "sealing", attached),
    ("a signature of another kind", "sealing", of_another_kind),
    ("a checkpoint of another log", "manifest", of_another_log),
]
STATEMENTS = [
    ("no manifest in a receipt", "answers", payload("ack", manifest=None)),
    ("no reason in a negative", "answers", payload("ack", result="negative")),
    (
        "no scope",
        "answers",
        payload("first", rows=[[1, "diblokir_total", "", "2026-11-24T07:00:00Z"]]),
    ),
    (
        "an entry twice",
        "answers",
        payload("first", rows=[[1, "gagal", "", "2026-11-24T07:00:00Z"]] * 2),
    ),
    ("a kind that is another", "answers", payload("ack", typ="confirm")),
    ("no algorithm", "answers", jws(header(alg="none"))),
    ("another algorithm", "answers", jws(header(alg="ES256"))),
    ("a critical header", "answers", jws(header(crit=["x"]))),
    ("a key in the header", "answers", jws(header(jwk={}))),
    ("a fourth part", "answers", jws(lambda data: data + b".x")),
    ("another writing", "answers", jws(padded)),
]
SCENARIOS = [
    ("an entry without its number", ENTRY, "members", document("bundle.json", entry=None)),
    ("a word that is no consent", OTT, "consent", no_consent),
    ("another header of the table", ENTRIES, "slice", other_header),
    ("a fetch that was not logged", PULL, "dossier", said(leaves=())),
]


def _refused(scenario: Scenario, *tells: tuple[str, Tell]) -> None:
    data = Story(keys(), scenario, *tells).data
    trust = keys().trust()
    pins = palang_verify.Pins(write_trust(trust), "trust.json")
    mine, theirs = of_file(data, pins), of_palang(data, trust)
    assert (mine.code, mine.statuses) == (theirs.code, theirs.statuses)
    assert mine.code == 1


@pytest.mark.parametrize(
    ("stage", "tell"),
    [pytest.param(*rest, id=name) for name, *rest in (*MEMBERS, *MANIFESTS, *STATEMENTS)],
)
def test_what_is_not_in_its_form_is_refused(stage: str, tell: Tell) -> None:
    _refused(DELIVERY, FEWER, (stage, tell))


@pytest.mark.parametrize(
    ("scenario", "stage", "tell"), [pytest.param(*rest, id=name) for name, *rest in SCENARIOS]
)
def test_so_it_is_in_bundles_of_other_kinds(scenario: Scenario, stage: str, tell: Tell) -> None:
    _refused(scenario, FEWER, (stage, tell))


def _beside(other: Callable[[], Story]) -> Tell:
    """Another delivery's bundle in the file of a number, under its own name."""

    def tell(story: Story) -> None:
        story.inside = {**story.inside, "9.opr-uji-a.1": other().data}

    return tell


def _of_another_number() -> Story:
    def number(story: Story) -> None:
        story.csv = story.csv.replace(b"628701111003", b"628701111008")

    return Story(keys(), ENTRY, ("slice", number), FEWER)


@pytest.mark.parametrize(
    "other",
    [_of_another_number, lambda: Story(keys(), NUMBER, FEWER), lambda: Story(keys(), DELIVERY)],
    ids=["another number", "a number in a number", "a delivery and no entry"],
)
def test_a_bundle_of_a_number_holds_entries_of_it_alone(other: Callable[[], Story]) -> None:
    plain = replace(NUMBER, cover=False)
    _refused(plain, FEWER, ("whole", _beside(other)))


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key | {"role": "seal"},
        lambda key: key | {"alg": "RSA-OAEP-256"},
        lambda key: key | {"public": "text"},
        lambda key: key | {"not_after": "soon"},
        lambda key: {name: value for name, value in key.items() if name != "kid"},
    ],
    ids=["another role", "an algorithm that seals", "no key", "no time", "no id"],
)
def test_a_trust_file_that_is_not_in_its_form_is_none(change: Callable[[Any], Any]) -> None:
    told = json.loads(write_trust(keys().trust()))
    told["officers"]["siti"][0] = change(told["officers"]["siti"][0])
    with pytest.raises(palang_verify.Wrong):
        palang_verify.Pins(encode(told), "trust.json")


def test_a_key_id_is_pinned_once() -> None:
    told = json.loads(write_trust(keys().trust()))
    told["officers"]["budi"] += told["officers"]["siti"][:1]
    with pytest.raises(palang_verify.Wrong, match="pinned twice"):
        palang_verify.Pins(encode(told), "trust.json")


MANIFEST = "sha256:" + "ab" * 32
TABLE = f"#palang 7.opr-uji-a.1 {MANIFEST}\nentry;disposition;scope;at\n1;gagal;;{AT}\n"


def test_a_table_is_a_confirmation() -> None:
    word = palang_verify.read_table(TABLE.replace("\n", "\r\n").encode(), AT)
    assert (word["delivery"], word["manifest"]) == ("7.opr-uji-a.1", MANIFEST)
    assert word["rows"] == [[1, "gagal", "", AT]]
    assert palang_verify.wire(word["revision"]) == AT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("7.opr-uji-a.1", "7.opr-uji-a"),
        ("sha256:", "sha1:"),
        ("1;gagal", "0;gagal"),
        ("gagal;;", "gagal;"),
        ("gagal", "hilang"),
        (f"1;gagal;;{AT}\n", ""),
        (f"1;gagal;;{AT}\n", f"1;gagal;;{AT}\n" * 2),
        ("2026-11-24T07", "2026-11-26T07"),
    ],
)
def test_a_table_that_is_not_in_its_form_is_refused(old: str, new: str) -> None:
    with pytest.raises(palang_verify.Wrong):
        palang_verify.read_table(TABLE.replace(old, new).encode(), AT)
