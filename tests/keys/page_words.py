"""What a gateway says to a partner with a stock tool, and how such a partner takes it: the same
promises for each tool's page."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope
from gateway.domain.statements import Answer, Head, Statement, to_bytes
from gateway.domain.times import HOUR, Micros
from gateway.ports import Signer
from keys.documents import Documents
from tests.keys.gpg_page import CHECKPOINT, HEAD
from tests.keys.parties import GATEWAY, OPERATOR


def now() -> Micros:
    """The machine's: a page asks `date`."""
    return time.time_ns() // 1000


def answer(said: bytes, reason: str = "", row: int = 0) -> Answer:
    """The gateway's answer to a statement: accepted, or refused for a reason."""
    result: Literal["accepted", "refused"] = "refused" if reason else "accepted"
    return Answer(GATEWAY.id, OPERATOR.id, now(), digest(said), result, reason, row)


def head(sequence: int = 1, until: Micros = 0, manifest: str = "") -> Head:
    """The gateway's head of epoch 1."""
    named = manifest or (digest(HEAD.to_bytes()) if sequence else "")
    return Head(
        *(GATEWAY.id, OPERATOR.id, now(), 1, sequence, named, until or now() + HOUR), CHECKPOINT
    )


class Bad(NamedTuple):
    """A word that must not be believed, and what the block may say of it."""

    name: str
    data: bytes
    told: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A partner's folder, the block `word` of its page, and the gateway's key for its tool."""

    folder: Path
    form: Envelope
    signer: Signer
    run: Callable[..., str]

    def signed(self, word: Statement, by: Signer | None = None) -> bytes:
        """A word as its tool reads it."""
        return Documents().sign_as(self.form, to_bytes(word), word.kind, by or self.signer)

    def hear(self, data: bytes, *, ok: bool = True) -> str:
        """The block `word` over these bytes."""
        (self.folder / "in" / "word").write_bytes(data)
        return self.run("word", ok=ok)

    def unanswered(self) -> set[str]:
        """Names of what waits for an answer."""
        return {path.name for path in (self.folder / "said").iterdir()}


def name_of(data: bytes) -> str:
    """The name under which a statement waits."""
    return hashlib.sha256(data).hexdigest()


def check_answers(page: Page, said: list[bytes]) -> None:
    """Each is unanswered until its answer was verified; a refusal shows why."""
    ack, confirm = said
    assert page.unanswered() == {name_of(ack), name_of(confirm)}
    assert page.hear(page.signed(answer(ack))) == f"accepted {name_of(ack)}\n"
    assert page.unanswered() == {name_of(confirm)}
    refusal = page.signed(answer(confirm, "entry-outside", 4))
    assert page.hear(refusal) == f"refused entry-outside 4 {name_of(confirm)}\n"
    assert page.unanswered() == set()
    assert page.hear(refusal) == f"refused entry-outside 4 {name_of(confirm)}\n"  # said twice
    kept = {path.name for path in (page.folder / "answers").iterdir()}
    assert kept == {name_of(ack), name_of(confirm), "word"}


def check_said_again(page: Page, said: list[bytes], out: Callable[[], list[bytes]]) -> None:
    """What is unanswered is said again in the same bytes."""
    ack, confirm = said
    page.hear(page.signed(answer(ack)))
    page.run("again")
    assert out() == [confirm]
    assert page.unanswered() == {name_of(confirm)}


def bad_words(page: Page, said: bytes, stranger: Signer, manifest: Signer) -> Iterator[Bad]:
    """Each word that a partner must not believe, and what the block says of it."""
    word = answer(said)
    good = page.signed(word)
    yield Bad(
        "by a stranger", page.signed(word, stranger), ("does not hold", "signed by another key")
    )
    yield Bad("by the key of manifests", page.signed(word, manifest), ("another key", "not hold"))
    yield Bad("damaged", _damaged(good), ("the signature does not hold",))
    yield Bad("cut off", good[: len(good) // 2], ("the signature does not hold",))
    yield Bad("nothing", b"", ("the signature does not hold",))
    other = replace(word, aud="opr-uji-b")
    yield Bad("for another", page.signed(other), ("for another partner",))
    elsewhere = replace(word, iss="palang-lain")
    yield Bad("of another gateway", page.signed(elsewhere), ("from another gateway",))
    strange = answer(b"never said here")
    yield Bad("to what was never said", page.signed(strange), ("never said here",))
    yield Bad("old head", page.signed(head(until=now() - HOUR)), ("the gateway is silent",))
    conflict = head(manifest=digest(b"another"))
    yield Bad("other manifest", page.signed(conflict), ("another parcel has this sequence",))


def _damaged(good: bytes) -> bytes:
    """Another letter in the middle of a whole line of base64."""
    lines = good.split(b"\n")
    at = len(lines) // 2
    lines[at] = lines[at][:10] + (b"A" if lines[at][10:11] != b"A" else b"B") + lines[at][11:]
    return b"\n".join(lines)


def check_heads(page: Page) -> None:
    """A head says how far the sequence goes, and names what is missing here."""
    until = page.hear(page.signed(head(1)))
    assert until.startswith("head 1-1, good until ")
    missing = page.hear(page.signed(head(3, manifest=digest(b"m3")))).splitlines()
    assert missing[0] == "parcel 1-3 was made; the newest here is 1-1"
    assert missing[1].startswith("head 1-3, good until ")
    assert page.hear(page.signed(head(0))).startswith("head 1-0, good until ")
