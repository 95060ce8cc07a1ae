"""The gateway answers in the form of the statement, and says heads in the partner's own."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from gateway.domain.canonical import digest
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.signed_forms import SUFFIX, form_of
from gateway.domain.statements import Answer, Head, Statement, to_bytes
from gateway.domain.times import DAY, HOUR, SECOND
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from gateway.jobs import Trouble
from gateway.ports import Message, Signer
from gateway.services.exposure import Exposure
from keys import jwk, openpgp_certify
from keys.generate import generate
from keys.notes import C2spNotes
from keys.openpgp import PgpSigner
from keys.raw import PrivateSigner
from tests.services.back.parts import FROM, GATEWAY, UNTIL
from tests.services.back.peer import Peer
from tests.services.back.test_receiving import judged
from tests.services.back.world import World

OWN = Owner(OwnerKind.GATEWAY, GATEWAY)
FORMS = pytest.mark.parametrize("form", list(Envelope))
_ALGORITHMS = {Envelope.JOSE: Algorithm.ED25519, Envelope.CMS: Algorithm.ES256}


def new_key(form: Envelope, owner: Owner) -> tuple[Signer, PinnedKey]:
    """A statement key of this owner that signs in this form."""
    if form is Envelope.OPENPGP:
        made = openpgp_certify.generate(Role.STATEMENT, owner.id, FROM)
        pin = PinnedKey(
            *(made.kid, owner, Role.STATEMENT, Algorithm.OPENPGP, made.public, FROM, UNTIL)
        )
        inner = PrivateSigner(made.key)  # type: ignore[arg-type]  # of the role that signs
        return PgpSigner(pin, inner, lambda: FROM), pin
    key = generate(_ALGORITHMS[form])
    pin = jwk.pinned_key(key.public_key(), owner, Role.STATEMENT, FROM, UNTIL)
    return PrivateSigner(key), pin  # type: ignore[arg-type]  # a signing key


def give_keys(world: World, forms: Collection[Envelope] = tuple(Envelope)) -> None:
    """The gateway gets a statement key of each form that it lacks."""
    for form in set(forms) - {Envelope.JOSE}:
        signer, pin = new_key(form, OWN)
        world.keyring.native.setdefault(Role.STATEMENT, []).append(signer)
        world.pin(pin)


class Tool:
    """A partner's stock tool with a key that the gateway pinned."""

    def __init__(self, world: World, peer: Peer, form: Envelope) -> None:
        self.world, self.form = world, form
        self.signer, pin = new_key(form, peer.owner)
        world.pin(pin)

    def sign(self, word: Statement) -> bytes:
        return self.world.signatures.sign_as(self.form, to_bytes(word), word.kind, self.signer)


def words(world: World, peer: Peer) -> list[tuple[Message, Statement]]:
    """What the peer heard, verified as it would verify it."""
    return [
        (
            message,
            world.signatures.open_statement(
                message.data, OWN, Role.STATEMENT, world.trust(), peer.now(), peer.id
            ).statement,
        )
        for message in peer.told
    ]


@FORMS
def test_each_statement_is_answered_in_its_own_form(world: World, form: Envelope) -> None:
    give_keys(world)
    peer = world.partner("opr-uji-a")
    tool = Tool(world, peer, form)
    request = tool.sign(peer.request(1))
    late = tool.sign(peer.request(1, epoch=7))
    judged(world, peer, request, late)
    found = {w.statement: (m, w) for m, w in words(world, peer) if isinstance(w, Answer)}
    for said, verdict in (
        (request, ("accepted", "nothing-to-send")),
        (late, ("refused", "old-epoch")),
    ):
        message, word = found.pop(digest(said))
        assert (word.result, word.reason) == verdict
        assert form_of(message.data) is form
        short = digest(said).removeprefix("sha256:")[:16]
        assert message.name == f"palang-opr-uji-a-answer-{short}.{SUFFIX[form]}"
    assert found == {}


@FORMS
def test_the_same_answer_comes_again_in_the_same_bytes(world: World, form: Envelope) -> None:
    give_keys(world)
    peer = world.partner("opr-uji-a")
    said = Tool(world, peer, form).sign(peer.request(1))
    judged(world, peer, said)
    world.pass_time(HOUR)
    judged(world, peer, said)
    first, again = (m.data for m in peer.told if m.subject)
    assert first == again


@FORMS
def test_a_head_is_said_in_the_form_of_the_partners_envelope(world: World, form: Envelope) -> None:
    give_keys(world)
    peer = world.partner("opr-uji-a", envelope=form)
    world.round()
    ((message, word),) = words(world, peer)
    assert isinstance(word, Head) and form_of(message.data) is form
    assert message.name == f"palang-opr-uji-a-head.{SUFFIX[form]}"
    world.check_ledger()


def test_a_head_in_another_form_follows_the_first_one_when_it_is_due(world: World) -> None:
    give_keys(world)
    peer = world.partner("opr-uji-a", envelope=Envelope.OPENPGP)
    world.round()
    world.round()
    assert len(peer.told) == 1  # it is read for what it says, whatever its form
    world.pass_time(7 * HOUR)
    world.round()
    assert len(peer.told) == 2


@pytest.mark.parametrize("form", [Envelope.CMS, Envelope.OPENPGP])
def test_without_a_key_of_the_form_the_word_is_a_jws_and_nobody_waits(
    world: World, form: Envelope
) -> None:
    peer = world.partner("opr-uji-a", envelope=form)
    judged(world, peer, Tool(world, peer, form).sign(peer.request(1)))
    found = words(world, peer)
    assert {type(word) for _m, word in found} == {Answer, Head}
    assert {form_of(message.data) for message, _word in found} == {Envelope.JOSE}
    assert world.happened(Trouble) == []


def test_a_key_of_the_form_that_does_not_open_is_told_and_not_passed_over(world: World) -> None:
    """A JWS in its place would hide that the key store is broken."""
    peer = world.partner("opr-uji-a")
    said = Tool(world, peer, Envelope.CMS).sign(peer.request(1))

    class Broken:
        def signer(self, role: Role, at: int, among: Collection[Algorithm] = ()) -> Signer:
            if Algorithm.ED25519 in among:
                return world.keyring.signer(role, at, among)
            raise NotVerified("passphrase", f"the {role} key does not open")

    pens = world.answers.pens
    object.__setattr__(pens, "keyring", Broken())
    judged(world, peer, said)
    assert [m for m in peer.told if m.subject] == []
    (trouble,) = [t for t in world.happened(Trouble) if t.step == "answer"]
    assert "does not open" in trouble.text


@pytest.mark.parametrize("form", [Envelope.CMS, Envelope.OPENPGP])
def test_what_a_statement_key_signed_in_its_form_is_in_its_exposure(
    world: World, form: Envelope
) -> None:
    give_keys(world, [form])
    peer = world.partner("opr-uji-a", envelope=form)
    judged(world, peer, Tool(world, peer, form).sign(peer.request(1)))
    judged(world, peer, peer.sign(peer.request(1, epoch=7)))  # a JWS: by the other key
    exposure = Exposure(world.store, C2spNotes(), world.signatures)
    (native,) = world.keyring.native[Role.STATEMENT]
    assert sorted(one.what for one in exposure.of(native.kid)[1]) == ["answer", "head"]
    own = world.keyring.signers[Role.STATEMENT].kid
    assert [one.what for one in exposure.of(own)[1]] == ["answer"]


def test_an_answer_after_the_key_of_its_form_ended_is_still_the_stored_one(world: World) -> None:
    give_keys(world)
    peer = world.partner("opr-uji-a")
    said = Tool(world, peer, Envelope.CMS).sign(peer.request(1))
    judged(world, peer, said)
    world.keyring.native.clear()
    world.pass_time(DAY + SECOND)
    judged(world, peer, said)
    assert len({m.data for m in peer.told if m.subject}) == 1
