"""The gateway's signed answers: verified, kept, listed; what is unanswered is said again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.domain.canonical import decode, digest, encode
from gateway.domain.errors import Conflict
from gateway.domain.statements import Kind
from gateway.domain.times import DAY, HOUR, MINUTE
from gateway.domain.trust import Role
from keys.jws import JoseSignatures, unverified_payload
from partner import asking, heard, messages, outgoing
from partner.kit import Kit, SystemClock, load_kit
from partner.loop import Rounds
from partner.main import cli
from partner.messages import MessageRefused
from partner.receive import receive
from partner.status import status
from tests.partner.factory import FakeClock, Gateway, block, make_kit, signing_key

Events = list[tuple[str, dict[str, object]]]


@pytest.fixture
def clock(gateway: Gateway) -> FakeClock:
    return FakeClock(gateway.at)


@pytest.fixture
def kit(tmp_path: Path, gateway: Gateway, clock: FakeClock) -> Kit:
    return make_kit(tmp_path / "kit", gateway, clock=clock)


@pytest.fixture
def said(gateway: Gateway, kit: Kit) -> bytes:
    """A statement that left the kit: nothing to report after one parcel."""
    receive(kit, gateway.parcel(kit, block(1)).data)
    made = asking.nothing(kit)
    outgoing.publish(kit)
    return made.body


def round_of(kit: Kit) -> tuple[bool, Events]:
    events: Events = []
    good = Rounds(kit, lambda event, facts: events.append((event, facts))).once()
    return good, events


def refused(kit: Kit, data: bytes) -> MessageRefused:
    with pytest.raises(MessageRefused) as caught:
        messages.take(kit, data)
    return caught.value


def answers(kit: Kit, which: heard.Which = "all") -> list[tuple[str, str, int]]:
    with kit.state.read() as tx:
        return [(one.result, one.reason, one.row) for one in heard.listed(tx, which)]


def drop(kit: Kit, name: str, data: bytes) -> Path:
    path = kit.settings.path("inbox") / name
    path.write_bytes(data)
    return path


def named(said: bytes) -> str:
    return f"palang-opr-uji-a-answer-{hashlib.sha256(said).hexdigest()[:16]}.jws"


def test_an_answer_in_the_inbox_is_kept_and_removed(
    gateway: Gateway, kit: Kit, said: bytes
) -> None:
    path = drop(kit, named(said), gateway.answer(kit, said))
    good, events = round_of(kit)
    assert good
    facts = {"kind": "nothing-to-report", "subject": "1/1", "statement": digest(said)}
    assert ("answered", facts) in events
    assert not path.exists()
    assert ("accepted", "", 0) in answers(kit)
    assert digest(said) not in {one.statement for one in status(kit).awaiting}


def test_what_was_not_accepted_shows_its_reason_row_and_next_step(
    gateway: Gateway, kit: Kit, said: bytes
) -> None:
    messages.take(kit, gateway.answer(kit, said, "entry-outside", 7))
    found = status(kit)
    (one,) = found.rejected
    assert (one.reason, one.row, one.kind) == ("entry-outside", 7, "nothing-to-report")
    assert "correct the result" in one.advice
    assert not found.good


def test_a_later_accepted_one_on_the_same_subject_settles_a_refusal(
    gateway: Gateway, kit: Kit, clock: FakeClock, said: bytes
) -> None:
    messages.take(kit, gateway.answer(kit, said, "malformed"))
    assert status(kit).rejected
    clock.at += MINUTE
    again = asking.nothing(kit)
    outgoing.publish(kit)
    messages.take(kit, gateway.answer(kit, again.body))
    assert not status(kit).rejected


def test_a_person_can_say_that_a_refusal_was_looked_at(
    gateway: Gateway, kit: Kit, said: bytes
) -> None:
    messages.take(kit, gateway.answer(kit, said, "malformed"))
    with kit.state.write() as tx:
        assert heard.mark_seen(tx) == 1
        tx.commit("kit.seen")
    assert not status(kit).rejected
    assert answers(kit, "refused") == []


def test_the_same_answer_again_is_one_record(gateway: Gateway, kit: Kit, said: bytes) -> None:
    word = gateway.answer(kit, said)
    assert [messages.take(kit, word).new for _ in range(3)] == [True, False, False]
    with kit.state.read() as tx:
        assert tx.one("SELECT count(*) FROM heard") == (1,)


def test_of_two_answers_the_later_one_rules(gateway: Gateway, kit: Kit, said: bytes) -> None:
    later = gateway.answer(kit, said, at=gateway.at + MINUTE)
    messages.take(kit, later)
    messages.take(kit, gateway.answer(kit, said, "malformed"))
    assert answers(kit, "refused") == []


def test_an_answer_to_what_was_never_said_here_is_an_alarm_since_somebody_has_the_key(
    gateway: Gateway, kit: Kit
) -> None:
    drop(kit, named(b"never said"), gateway.answer(kit, b"never said"))
    good, events = round_of(kit)
    assert not good
    assert "word refused" in dict(events)
    ((name, what),) = status(kit).alarms
    assert name == "unknown-statement"
    assert digest(b"never said") in what
    assert len(list(kit.settings.path("refused").iterdir())) == 1


def test_answers_of_another_key_role_gateway_or_partner_are_refused_and_not_kept(
    gateway: Gateway, kit: Kit, said: bytes
) -> None:
    stranger, _pin = signing_key(gateway.owner, Role.STATEMENT)
    head, body, tail = gateway.answer(kit, said).split(b".")
    other = b"A" if body[20:21] != b"A" else b"B"
    wrong = {
        "unknown-key": gateway.answer(kit, said, signer=stranger),
        "wrong-role": gateway.answer(kit, said, signer=gateway.signer),
        "audience": gateway.answer(kit, said, aud="opr-uji-b"),
        "issuer": gateway.answer(kit, said, iss="gerbang-lain"),
        "signature": b".".join((head, body[:20] + other + body[21:], tail)),
        "wrong-typ": asking.nothing(kit).body,
        "malformed": b"hello",
    }
    assert {reason: refused(kit, data).reason for reason, data in wrong.items()} == {
        reason: reason for reason in wrong
    }
    with kit.state.read() as tx:
        assert tx.one("SELECT count(*) FROM heard") == (0,)


def test_a_word_beyond_its_limit_is_refused_whoever_signed_it(
    gateway: Gateway, kit: Kit, said: bytes
) -> None:
    answer = unverified_payload(gateway.answer(kit, said), Kind.ANSWER)
    for extra, taken in ((1, True), (messages.MAX_MESSAGE, False)):
        document = decode(answer, what="the answer") | {"x": "x" * extra}
        data = JoseSignatures().sign(encode(document), Kind.ANSWER, gateway.teller)
        if taken:
            assert messages.take(kit, data).new
        else:
            assert refused(kit, data).reason == "malformed"


def test_a_forged_word_in_the_inbox_is_put_aside_and_told(
    gateway: Gateway, kit: Kit, said: bytes
) -> None:
    stranger, _pin = signing_key(gateway.owner, Role.STATEMENT)
    path = drop(kit, named(said), gateway.answer(kit, said, signer=stranger))
    good, events = round_of(kit)
    assert not good
    assert "word refused" in dict(events)
    assert not path.exists()
    assert (kit.settings.path("refused") / path.name).exists()
    assert status(kit).awaiting


@pytest.mark.parametrize(
    "name",
    [
        "palang-opr-uji-a-answer-0123456789abcde.jws",
        "palang-opr-uji-a-answer-0123456789ABCDEF.jws",
        ".palang-opr-uji-a-head.jws",
        "palang-opr-uji-a-head.jws.part",
        "palang-../etc-head.jws",
        "palang-opr-uji-a-head.jws\n",
        "palang-opr-uji-a-card.jws",
    ],
)
def test_only_names_of_ours_are_words(name: str) -> None:
    assert not messages.is_message(name)


def test_the_gateways_own_names_are_words(said: bytes) -> None:
    assert messages.is_message("palang-opr-uji-a-head.jws")
    assert messages.is_message(named(said))


def test_what_nobody_answered_is_said_again_in_the_same_bytes_with_a_longer_wait_each_time(
    gateway: Gateway, kit: Kit, clock: FakeClock, said: bytes
) -> None:
    path = kit.settings.path("outbox") / outgoing.Outgoing(digest(said), "", "", b"").name
    assert path.read_bytes() == said
    waits, begun = [], clock.at
    for _ in range(60):
        path.unlink(missing_ok=True)
        clock.at += HOUR
        round_of(kit)
        if path.exists():
            assert path.read_bytes() == said
            waits.append((clock.at - begun) // HOUR)
            begun = clock.at
    assert waits[:6] == [1, 2, 4, 8, 16, 24]
    messages.take(kit, gateway.answer(kit, said))
    path.unlink(missing_ok=True)
    clock.at += 2 * DAY
    round_of(kit)
    assert not path.exists()


def test_a_gateway_without_a_key_for_answers_is_not_waited_for(
    tmp_path: Path, clock: FakeClock
) -> None:
    gateway = Gateway()
    gateway.keys = [key for key in gateway.keys if key.role is not Role.STATEMENT]
    kit = make_kit(tmp_path / "old", gateway, clock=clock)
    receive(kit, gateway.parcel(kit, block(1)).data)
    made = asking.nothing(kit)
    round_of(kit)
    path = kit.settings.path("outbox") / made.name
    path.unlink()
    clock.at += 3 * DAY
    good, _events = round_of(kit)
    assert good
    assert not path.exists()
    found = status(kit)
    assert (found.awaiting, found.overdue, found.frozen) == ((), 0, False)


def test_a_statement_without_an_answer_for_a_day_needs_somebody(
    gateway: Gateway, kit: Kit, clock: FakeClock, said: bytes
) -> None:
    round_of(kit)
    messages.take(kit, gateway.head(kit, until=clock.at + 9 * DAY))
    assert status(kit).good
    clock.at += DAY
    assert status(kit).overdue > 0
    assert not status(kit).good


def test_nothing_to_report_is_said_only_when_all_else_was(gateway: Gateway, kit: Kit) -> None:
    with pytest.raises(Conflict, match="no parcel"):
        asking.nothing(kit)
    receive(kit, gateway.parcel(kit, block(1)).data)
    with kit.state.write() as tx:
        tx.run("INSERT INTO outcomes VALUES ('1.opr-uji-a.1', 1, 'tertunda', '', '', 0)")
        tx.commit("kit.test")
    with pytest.raises(Conflict, match="not confirmed"):
        asking.nothing(kit)


def run(home: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli(), ["--home", str(home), *arguments])
    return result.exit_code, result.stdout


def test_the_commands_list_what_was_said_and_clear_what_was_looked_at(tmp_path: Path) -> None:
    gateway = Gateway(at=SystemClock().now())
    home = tmp_path / "kit"
    make_kit(home, gateway)
    kit = load_kit(home, SystemClock(), {})
    receive(kit, gateway.parcel(kit, block(1)).data)
    code, output = run(home, "nothing", "--json")
    assert code == 0
    said = Path(json.loads(output)["statements"][0]["file"]).read_bytes()
    messages.take(kit, gateway.answer(kit, said, "entry-outside", 3))
    code, output = run(home, "answers", "--only", "refused", "--json")
    (one,) = json.loads(output)["statements"]
    assert (code, one["reason"], one["row"], one["result"]) == (0, "entry-outside", 3, "refused")
    assert one["advice"]
    code, output = run(home, "status")
    assert code == 1
    assert "entry-outside, row 3; the parcel has no such entry" in output
    assert run(home, "answers", "--seen")[0] == 0
    assert "not accepted" not in run(home, "status")[1]
