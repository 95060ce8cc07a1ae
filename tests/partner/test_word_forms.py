"""The kit takes answers and heads in each form in which a gateway may say them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope
from gateway.domain.signed_forms import SUFFIX
from gateway.domain.statements import Answer, Head, Kind, Statement, to_bytes
from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, Role
from gateway.ports import Signer
from keys import openpgp_signatures, raw
from keys.documents import Documents
from partner import asking, messages, outgoing
from partner.kit import Kit
from partner.loop import Rounds
from partner.messages import MessageRefused
from partner.receive import receive
from partner.status import status
from tests.keys.openpgp_parts import held as held_pgp
from tests.keys.parties import held
from tests.partner.factory import Gateway, block, make_kit

FORMS = pytest.mark.parametrize("form", [Envelope.CMS, Envelope.OPENPGP])


class Telling:
    """A gateway with statement keys of each form, and strangers with keys of the same kinds."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        begin, end = gateway.at - DAY, gateway.at + 300 * DAY
        args = (gateway.owner, Role.STATEMENT)
        cms, other_cms = (held(*args, Algorithm.ES256, begin, end) for _ in range(2))
        pgp, other_pgp = (held_pgp(*args) for _ in range(2))
        self.own: dict[Envelope, Signer] = {
            Envelope.CMS: cms.signer,
            Envelope.OPENPGP: pgp.signer,
        }
        self.strangers: dict[Envelope, Signer] = {
            Envelope.CMS: other_cms.signer,
            Envelope.OPENPGP: other_pgp.signer,
        }
        gateway.keys += [cms.pin, pgp.pin]

    def says(self, form: Envelope, word: Statement, *, stranger: bool = False) -> bytes:
        """The word in this form."""
        signer = (self.strangers if stranger else self.own)[form]
        return Documents().sign_as(form, to_bytes(word), word.kind, signer)

    def answer(self, kit: Kit, said: bytes) -> Answer:
        """What accepts a statement of the kit."""
        return Answer(
            self.gateway.name, kit.identity.id, self.gateway.at, digest(said), "accepted", "", 0
        )

    def head(self, kit: Kit) -> Head:
        """Where its sequence stands."""
        at = self.gateway
        return Head(
            *(at.name, kit.identity.id, at.at, at.epoch, at.sequence, at.previous, at.at + DAY),
            at.note(at.size),
        )


@pytest.fixture
def telling(gateway: Gateway) -> Telling:
    return Telling(gateway)


@pytest.fixture
def kit(tmp_path: Path, telling: Telling) -> Kit:
    return make_kit(tmp_path / "kit", telling.gateway)


@pytest.fixture
def said(gateway: Gateway, kit: Kit) -> bytes:
    """A statement that left the kit."""
    receive(kit, gateway.parcel(kit, block(1)).data)
    made = asking.nothing(kit)
    outgoing.publish(kit)
    return made.body


def drop(kit: Kit, name: str, data: bytes) -> Path:
    path = kit.settings.path("inbox") / name
    path.write_bytes(data)
    return path


def awaiting(kit: Kit) -> set[str]:
    return {one.statement for one in status(kit).awaiting}


@FORMS
def test_an_answer_and_a_head_in_the_inbox_are_verified_kept_and_removed(
    telling: Telling, kit: Kit, said: bytes, form: Envelope
) -> None:
    assert digest(said) in awaiting(kit)
    short = hashlib.sha256(said).hexdigest()[:16]
    names = (f"palang-opr-uji-a-answer-{short}", "palang-opr-uji-a-head")
    words: tuple[Statement, ...] = (telling.answer(kit, said), telling.head(kit))
    paths = [
        drop(kit, f"{name}.{SUFFIX[form]}", telling.says(form, word))
        for name, word in zip(names, words, strict=True)
    ]
    events: list[str] = []
    assert Rounds(kit, lambda event, _facts: events.append(event)).once()
    assert {"answered", "head"} <= set(events)
    assert not any(path.exists() for path in paths)
    assert digest(said) not in awaiting(kit)


@FORMS
def test_an_answer_by_a_stranger_or_to_another_is_no_answer(
    telling: Telling, kit: Kit, said: bytes, form: Envelope
) -> None:
    word = telling.answer(kit, said)
    other = Answer(word.iss, "opr-uji-b", word.at, word.statement, "accepted", "", 0)
    for data, reason in (
        (telling.says(form, word, stranger=True), "unknown-key"),
        (telling.says(form, other), "audience"),
    ):
        with pytest.raises(MessageRefused) as caught:
            messages.take(kit, data)
        assert caught.value.reason == reason
    assert digest(said) in awaiting(kit)


@FORMS
def test_the_kit_believes_an_answer_for_its_signature_alone(
    telling: Telling, kit: Kit, said: bytes, form: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forger names the gateway's key and can't sign by it. With the verifier taken out it is
    believed: nothing else stands in its way."""
    data = telling.says(form, telling.answer(kit, said))
    forged = _under_the_name_of(telling, form, telling.answer(kit, said))
    with pytest.raises(MessageRefused) as caught:
        messages.take(kit, forged)
    assert caught.value.reason == "signature"
    assert digest(said) in awaiting(kit)
    for module in (raw, openpgp_signatures):
        monkeypatch.setattr(module, "verify", lambda *_args, **_named: None)
    assert messages.take(kit, forged).event == messages.take(kit, data).event == "answered"


def _under_the_name_of(telling: Telling, form: Envelope, word: Answer) -> bytes:
    class Forger:
        kid, alg = telling.own[form].kid, telling.own[form].alg
        public = telling.own[form].public

        def sign(self, _data: bytes) -> bytes:
            return telling.own[form].sign(b"something else that it signed once")

    return Documents().sign_as(form, to_bytes(word), Kind.ANSWER, Forger())


@FORMS
def test_what_a_person_must_look_at_is_kept_with_the_ending_of_its_form(
    telling: Telling, kit: Kit, form: Envelope
) -> None:
    data = telling.says(form, telling.answer(kit, b"never said here"))
    with pytest.raises(MessageRefused) as caught:
        messages.take(kit, data)
    messages.put_aside(kit, data, caught.value)
    (kept,) = kit.settings.path("refused").iterdir()
    assert (kept.suffix, kept.read_bytes()) == (f".{SUFFIX[form]}", data)
