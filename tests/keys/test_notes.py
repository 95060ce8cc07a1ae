"""C2SP signed notes: the published example, and each defect."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.domain.ledger import Checkpoint, read_checkpoint
from gateway.domain.times import DAY
from gateway.domain.trust import Role, Trust
from keys import jwk, notes
from keys.notes import C2spNotes
from tests.keys.parties import (
    ALL,
    FROM,
    GATEWAY,
    GATEWAY_CHECKPOINT,
    GATEWAY_MANIFEST,
    NOW,
    OPERATOR,
    STATEMENT_ES256,
    TRUST,
    UNTIL,
    Held,
    held,
    refused,
)

NOTES = C2spNotes()
NAME = "palang-uji.example/ledger"
BODY = Checkpoint(NAME, 7, bytes(range(32))).body()
NOTE = NOTES.sign(BODY, NAME, GATEWAY_CHECKPOINT.signer)

# The example of the reference implementation, golang.org/x/mod/sumdb/note.
EXAMPLE_NAME = "PeterNeumann"
EXAMPLE_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
EXAMPLE_BODY = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
EXAMPLE = (
    EXAMPLE_BODY + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FF"
    "YC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def verified(note: str, trust: Trust = TRUST, at: int = NOW, name: str = NAME) -> object:
    """Verify a note of the gateway."""
    return NOTES.verify(note, name, GATEWAY, trust, at)


def with_line(line: str, note: str = NOTE) -> str:
    """The note with one more signature line before its own."""
    return note.replace("\n\n", f"\n\n{line}\n")


def stranger_line(index: int) -> str:
    """A line by a key that nobody here knows."""
    data = base64.b64encode(index.to_bytes(4) + bytes(64)).decode()
    return f"— witness-{index}.example {data}"


def test_the_published_example_verifies_and_gives_the_published_key() -> None:
    raw = base64.b64decode(EXAMPLE_VKEY.split("+", 2)[2])[1:]
    key = Ed25519PublicKey.from_public_bytes(raw)
    pin = jwk.pinned_key(key, GATEWAY, Role.CHECKPOINT, FROM, UNTIL)
    assert notes.vkey(EXAMPLE_NAME, pin.public) == EXAMPLE_VKEY
    trust = Trust("palang-uji", [pin])
    assert NOTES.verify(EXAMPLE, EXAMPLE_NAME, GATEWAY, trust, NOW) == (EXAMPLE_BODY, pin)


def test_a_checkpoint_comes_back_as_it_was_signed() -> None:
    assert verified(NOTE) == (BODY, GATEWAY_CHECKPOINT.pin)
    assert read_checkpoint(BODY).size == 7
    assert NOTE.startswith(BODY + "\n— " + NAME + " ")


def test_a_note_of_another_name_or_key_or_role_is_unknown() -> None:
    refused("unknown-key", lambda: verified(NOTE, name="elsewhere.example"))
    renamed = NOTES.sign(BODY, "elsewhere.example", GATEWAY_CHECKPOINT.signer)
    refused("unknown-key", lambda: verified(renamed))
    by_manifest_key = NOTES.sign(BODY, NAME, GATEWAY_MANIFEST.signer)
    refused("unknown-key", lambda: verified(by_manifest_key))
    foreign = NOTES.sign(BODY, NAME, held(GATEWAY, Role.CHECKPOINT).signer)
    refused("unknown-key", lambda: verified(foreign))
    refused("unknown-key", lambda: NOTES.verify(NOTE, NAME, OPERATOR, TRUST, NOW))


def test_a_changed_note_is_refused() -> None:
    refused("signature", lambda: verified(NOTE.replace("\n7\n", "\n8\n")))
    refused("signature", lambda: verified("x" + NOTE))
    refused("signature", lambda: verified(NOTE.replace("\n\n", "\nextension\n\n")))


def test_unknown_signatures_are_ignored_up_to_a_hundred() -> None:
    for strangers in (1, 15, 16, 99):
        note = NOTE
        for index in range(strangers):
            note = with_line(stranger_line(index), note)
        assert verified(note) == (BODY, GATEWAY_CHECKPOINT.pin)
    refused("note", lambda: verified(with_line(stranger_line(100), note)))


def test_the_bad_signature_of_a_known_key_refuses_the_note_though_another_is_good() -> None:
    new = held(GATEWAY, Role.CHECKPOINT)
    trust = Trust("palang-uji", [*(one.pin for one in ALL), new.pin])
    bad = NOTES.sign(BODY + "more\n", NAME, new.signer).rstrip("\n").rpartition("\n")[2]
    refused("signature", lambda: verified(with_line(bad), trust))
    assert verified(with_line(bad)) == (BODY, GATEWAY_CHECKPOINT.pin)


def test_a_note_that_only_strangers_signed_is_refused() -> None:
    refused("unknown-key", lambda: verified(f"{BODY}\n{stranger_line(1)}\n"))


def _revoked(one: Held, at: int) -> Trust:
    others = [key.pin for key in ALL if key is not one]
    return Trust("palang-uji", [*others, replace(one.pin, revoked=at)])


def test_a_key_counts_in_its_time_only() -> None:
    revoked = _revoked(GATEWAY_CHECKPOINT, NOW)
    refused("key-revoked", lambda: verified(NOTE, revoked))
    assert verified(NOTE, revoked, NOW - 1)
    refused("key-not-valid", lambda: verified(NOTE, at=UNTIL))
    refused("key-not-valid", lambda: verified(NOTE, at=FROM - 1))


def test_during_a_rotation_the_key_that_is_valid_counts() -> None:
    new = held(GATEWAY, Role.CHECKPOINT, not_before=NOW - DAY)
    revoked = _revoked(GATEWAY_CHECKPOINT, NOW - DAY)
    trust = Trust("palang-uji", [*revoked.keys, new.pin])
    line = NOTES.sign(BODY, NAME, new.signer).rstrip("\n").rpartition("\n")[2]
    for note in (with_line(line), NOTE + line + "\n"):
        assert verified(note, trust) == (BODY, new.pin)


DEFECTS: dict[str, Callable[[str], str]] = {
    "empty": lambda _note: "",
    "no blank line": lambda note: note.replace("\n\n", "\n"),
    "no text": lambda note: note[note.index("\n\n") :],
    "no signature": lambda note: note[: note.index("\n\n") + 2],
    "no last newline": lambda note: note.rstrip("\n"),
    "a newline more": lambda note: note + "\n",
    "hyphen for dash": lambda note: note.replace("— ", "- "),
    "en dash": lambda note: note.replace("— ", "\u2013 "),
    "two spaces": lambda note: note.replace("— ", "—  "),
    "a plus in a name": lambda note: with_line(stranger_line(1).replace("witness", "w+s"), note),
    "a name of nothing": lambda note: with_line("—  AAAAAAA=", note),
    "a trailing space": lambda note: note.replace("\n", " \n")[:-1] + "\n",
    "carriage returns": lambda note: note.replace("\n", "\r\n"),
    "a tab": lambda note: "\t" + note,
    "a NUL": lambda note: "\0" + note,
    "not UTF-8": lambda note: "\udc80" + note,
    "url base64": lambda note: with_line("— w.example AAAA_-8=", note),
    "no base64": lambda note: with_line("— w.example ####", note),
    "unpadded": lambda note: with_line("— w.example AAAAAAA", note),
    "stray bits": lambda note: with_line("— w.example AAAAAAB=", note),
    "too short": lambda note: with_line("— w.example AAAAAA==", note),
    "too large": lambda note: "x" * notes.MAX_NOTE + note,
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_malformed_note_is_refused(defect: str) -> None:
    refused("note", lambda: verified(DEFECTS[defect](NOTE)))


@pytest.mark.parametrize("size", [0, 1, 32, 63, 65, 128])
def test_a_signature_of_another_length_by_our_key_is_refused(size: int) -> None:
    data = notes.key_id(NAME, GATEWAY_CHECKPOINT.pin.public) + bytes(size)
    line = f"— {NAME} {base64.b64encode(data).decode()}"
    refused("signature" if size else "note", lambda: verified(f"{BODY}\n{line}\n"))


@pytest.mark.parametrize("body", ["", "\n", "no newline", "two\n\nparts\n", "a\tb\n", "\udc80\n"])
def test_a_text_that_has_no_form_is_not_signed(body: str) -> None:
    refused("note", lambda: NOTES.sign(body, NAME, GATEWAY_CHECKPOINT.signer))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb"])
def test_a_name_that_has_no_form_does_not_sign(name: str) -> None:
    refused("note", lambda: NOTES.sign(BODY, name, GATEWAY_CHECKPOINT.signer))


def test_only_ed25519_signs_a_note() -> None:
    refused("wrong-alg", lambda: NOTES.sign(BODY, NAME, STATEMENT_ES256.signer))
    refused("wrong-alg", lambda: notes.vkey(NAME, STATEMENT_ES256.pin.public))
