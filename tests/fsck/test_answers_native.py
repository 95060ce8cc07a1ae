"""fsck holds answers in CMS and OpenPGP against the gateway's own statement keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope
from gateway.domain.signed_forms import form_of, statement_of
from gateway.domain.statements import to_bytes
from tests.fsck.town import Town, by_hand, check
from tests.services.back.test_answers_native import OWN, Tool, give_keys, new_key


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    yield town
    town.store.close()


def differing(town: Town) -> list[str]:
    """What fsck says of answers and heads."""
    report = check(town.folder / "palang.sqlite", trust=town.trust())
    return [one.expected for one in report.findings if one.code == "answer-differs"]


@pytest.mark.parametrize("form", [Envelope.CMS, Envelope.OPENPGP])
def test_an_answer_in_its_form_is_proven_and_a_strangers_in_its_place_is_found(
    town: Town, form: Envelope
) -> None:
    give_keys(town, [form])
    peer = town.partner("opr-uji-a")
    said = Tool(town, peer, form).sign(peer.request(1))
    peer.say(said)
    town.round(2)
    with town.store.read() as uow:
        stored = uow.outgoing.answer(peer.id, digest(said))
    assert stored is not None and form_of(stored.body) is form
    assert differing(town) == []
    word = statement_of(stored.body)
    stranger, _pin = new_key(form, OWN)
    forged = town.signatures.sign_as(form, to_bytes(word), word.kind, stranger)
    with by_hand(town.folder / "palang.sqlite") as db:
        sql = "UPDATE outgoing SET body = ?, digest = ? WHERE digest = ?"
        assert db.execute(sql, (forged, digest(forged), stored.digest)).rowcount
        db.commit()
    assert differing(town) == ["the gateway's signature by its statement key"]
