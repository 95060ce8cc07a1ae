"""Each question of palang status has its level at each threshold, and a next step above good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.consent import ConsentRecord
from gateway.domain.errors import Conflict
from gateway.domain.health import Check, Figures, Finding, Heartbeat, Level, PartnerFigures
from gateway.domain.parties import Officer, Standing
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND, Micros
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust
from gateway.services import doctor, status
from gateway.services.status_facts import (
    Facts,
    FactsReader,
    Limits,
    Machine,
    Stamping,
    ledger_fault,
)
from gateway.store.figures import SqlFigures
from gateway.store.heartbeats import SqlHeartbeats
from keys.notes import C2spNotes
from tests.services.back.world import World, entry, numbers
from tests.store import samples

NOW: Micros = samples.T0
OPERATOR = samples.OPERATOR
OK, WARNING, CRITICAL = Level.OK, Level.WARNING, Level.CRITICAL


def key(role: Role, days: int = 700, owner: Owner | None = None, kid: str = "") -> PinnedKey:
    own = owner or Owner(OwnerKind.GATEWAY, "palang-uji")
    name = kid or f"{own.id}-{role}-{days}"
    end = NOW + days * DAY
    return PinnedKey(name, own, role, Algorithm.ED25519, "{}", NOW - DAY, end)


KEYS = (key(Role.MANIFEST), key(Role.CHECKPOINT), key(Role.STATEMENT))
BEAT = Heartbeat("a#1", "a", 7, "0.1.0", NOW - 5 * SECOND)
PARTNER = PartnerFigures(OPERATOR, "operator", True, (), (), None, 0, None)
FIGURES = Figures((PARTNER,), (), None, 9, 9, NOW - MINUTE, NOW - MINUTE, (), (BEAT,))
MACHINE = Machine(50 << 30, 100 << 30, True, (), NOW - HOUR)
FACTS = Facts(
    NOW,
    "palang-uji",
    FIGURES,
    Trust("palang-uji", KEYS),
    (replace(samples.partner(), standing=Standing.LIVE),),
    (),
    (),
    (),
    "",
    MACHINE,
)


def asked(facts: Facts, name: str, limits: Limits | None = None) -> Finding:
    """The one finding of a question."""
    (found,) = [f for f in doctor.run(status.checks(facts, limits or Limits())) if f.name == name]
    return found


def figures(**more: Any) -> Facts:
    return replace(FACTS, figures=replace(FIGURES, **more))


def partner(**more: Any) -> Facts:
    return figures(partners=(replace(PARTNER, **more),))


def machine(**more: Any) -> Facts:
    return replace(FACTS, machine=replace(MACHINE, **more))


def stamped(last: Micros | None, *, waits: bool = True) -> Facts:
    return replace(FACTS, stamping=Stamping(HOUR, last, waits))


def keys(*pins: PinnedKey, officers: tuple[Officer, ...] = ()) -> Facts:
    return replace(FACTS, trust=Trust("palang-uji", pins), officers=officers)


def consent(days: int) -> Facts:
    given = samples.consent()
    terms = replace(given.terms, until=NOW + days * DAY)
    return replace(FACTS, consents=(ConsentRecord(given.partner, given.digest, terms),))


SITI = replace(samples.officer(), standing=Standing.LIVE)
SITIS = Owner(OwnerKind.OFFICER, "siti")

CASES: list[tuple[str, str, Facts, Level]] = [
    ("unsent", "nothing waits", FACTS, OK),
    ("unsent", "an hour less a second", partner(unsent_since=NOW - HOUR + SECOND), OK),
    ("unsent", "an hour", partner(unsent_since=NOW - HOUR), WARNING),
    ("unsent", "six hours", partner(unsent_since=NOW - 6 * HOUR), CRITICAL),
    ("unsent", "a closed partner", partner(unsent_since=NOW - 6 * HOUR, live=False), OK),
    ("overdue", "none", FACTS, OK),
    ("overdue", "one", replace(FACTS, overdue=((OPERATOR, 1),)), WARNING),
    ("dead-letters", "failed", partner(states=(("FAILED", 1), ("SENT", 9))), WARNING),
    ("dead-letters", "rejected", partner(states=(("REJECTED", 1),)), WARNING),
    ("dead-letters", "sent", partner(states=(("SENT", 1),)), OK),
    ("worker", "five seconds", FACTS, OK),
    ("worker", "none ever", figures(beats=()), CRITICAL),
    ("worker", "two minutes", figures(beats=(replace(BEAT, at=NOW - 2 * MINUTE),)), WARNING),
    ("worker", "ten minutes", figures(beats=(replace(BEAT, at=NOW - 10 * MINUTE),)), CRITICAL),
    (
        "worker",
        "one of two is silent",
        figures(beats=(BEAT, replace(BEAT, worker="b#1", at=NOW - HOUR))),
        WARNING,
    ),
    (
        "worker",
        "one that was retired last week",
        figures(beats=(BEAT, replace(BEAT, worker="b#1", at=NOW - 7 * DAY))),
        OK,
    ),
    ("ledger", "a fault", replace(FACTS, ledger_fault="another root"), CRITICAL),
    ("ledger", "all signed, long ago", figures(checkpoint_at=NOW - DAY), OK),
    ("ledger", "grown", figures(ledger=10, checkpoint_at=NOW - 15 * MINUTE), WARNING),
    ("ledger", "grown, an hour", figures(ledger=10, checkpoint_at=NOW - HOUR), CRITICAL),
    ("timestamps", "none asked for", FACTS, OK),
    ("timestamps", "an hour", stamped(NOW - HOUR), OK),
    ("timestamps", "three hours", stamped(NOW - 3 * HOUR), WARNING),
    ("timestamps", "three hours, nothing new", stamped(NOW - 3 * HOUR, waits=False), OK),
    ("timestamps", "never", stamped(None), WARNING),
    ("disk", "half free", FACTS, OK),
    ("disk", "nine percent", machine(free=9 << 30), WARNING),
    ("disk", "two percent", machine(free=2 << 30), CRITICAL),
    ("clock", "synchronised", FACTS, OK),
    ("clock", "nobody can tell", machine(synchronised=None), OK),
    ("clock", "not synchronised", machine(synchronised=False), WARNING),
    ("clock", "a minute behind", figures(newest=NOW + MINUTE), OK),
    ("clock", "three minutes behind", figures(newest=NOW + 3 * MINUTE), CRITICAL),
    ("channels", "two failures", partner(failing=2), OK),
    ("channels", "three failures", partner(failing=3), WARNING),
    ("channels", "a closed partner", partner(failing=3, live=False), OK),
    ("inbox", "just came", figures(inbound=(("PENDING", 2),), pending_since=NOW - MINUTE), OK),
    ("inbox", "old", figures(inbound=(("PENDING", 2),), pending_since=NOW - HOUR), WARNING),
    ("backup", "an hour", FACTS, OK),
    ("backup", "none", machine(backup_at=None), WARNING),
    ("backup", "27 hours", machine(backup_at=NOW - 27 * HOUR), WARNING),
    ("keys", "two years", FACTS, OK),
    ("keys", "59 days", keys(*KEYS[:2], key(Role.STATEMENT, 59)), WARNING),
    ("keys", "60 days", keys(*KEYS[:2], key(Role.STATEMENT, 60)), OK),
    ("keys", "six days", keys(*KEYS[:2], key(Role.STATEMENT, 6)), CRITICAL),
    ("keys", "followed by another", keys(*KEYS, key(Role.STATEMENT, 6)), OK),
    ("keys", "a role is missing", keys(*KEYS[:2]), CRITICAL),
    ("keys", "revoked", keys(*KEYS[:2], KEYS[2].revoked_at(NOW - HOUR)), CRITICAL),
    ("keys", "an officer's", keys(*KEYS, key(Role.APPROVAL, 20, SITIS), officers=(SITI,)), WARNING),
    (
        "keys",
        "a closed officer's",
        keys(
            *KEYS,
            key(Role.APPROVAL, 20, SITIS),
            officers=(replace(SITI, standing=Standing.CLOSED),),
        ),
        OK,
    ),
    ("certificates", "none", FACTS, OK),
    ("certificates", "40 days", machine(certificates=(("tls.pem", NOW + 40 * DAY),)), OK),
    ("certificates", "20 days", machine(certificates=(("tls.pem", NOW + 20 * DAY),)), WARNING),
    ("certificates", "ended", machine(certificates=(("tls.pem", NOW - DAY),)), CRITICAL),
    ("consents", "none", FACTS, OK),
    ("consents", "31 days", consent(31), OK),
    ("consents", "29 days", consent(29), WARNING),
    ("partners", "live", FACTS, OK),
]


@pytest.mark.parametrize(
    ("name", "facts", "level"),
    [(name, facts, level) for name, _case, facts, level in CASES],
    ids=[f"{name}: {case}" for name, case, _facts, _level in CASES],
)
def test_a_question_has_the_level_of_its_figure(name: str, facts: Facts, level: Level) -> None:
    found = asked(facts, name)
    assert found.level is level, found
    assert bool(found.advice) is bool(found.level), "a next step where there is something to do"


def test_every_question_is_asked_above_in_every_level_that_it_has() -> None:
    assert {name for name, *_rest in CASES} == set(status.QUESTIONS)


def test_thresholds_are_the_operators_to_choose() -> None:
    late = partner(unsent_since=NOW - 10 * MINUTE)
    assert asked(late, "unsent", Limits(unsent_minutes=5)).level is WARNING
    assert asked(late, "unsent").level is OK


# --- running checks -------------------------------------------------------------------------------


def _bad() -> Iterator[Finding]:
    raise Conflict("the disk is gone", hint="bring it back")


def _broken() -> Iterator[Finding]:
    raise RuntimeError("row 6287000000001")


def test_a_check_that_breaks_is_a_finding_and_hides_no_other() -> None:
    good = Check("good", lambda: [Finding("good", OK, "fine")])
    found = doctor.run([Check("bad", _bad), Check("broken", _broken), good])
    assert [(f.name, f.level) for f in found] == [
        ("bad", CRITICAL),
        ("broken", CRITICAL),
        ("good", OK),
    ]
    assert found[0].advice == "bring it back"
    assert "6287" not in found[1].text
    assert doctor.worst(found) is CRITICAL
    assert doctor.worst([]) is OK


# --- facts from a real store ----------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def facts_of(world: World) -> Facts:
    reader = FactsReader(world.store, world.clock, SqlFigures(world.store), C2spNotes())
    return reader.read(MACHINE)


def test_facts_of_a_gateway_that_works(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(one) for one in numbers(3)])
    world.round(2)
    SqlHeartbeats(world.store).keep(replace(BEAT, at=world.clock.now()))
    facts = facts_of(world)
    assert facts.ledger_fault == ""
    assert facts.overdue == ()
    assert [p.partner for p in facts.figures.partners] == [peer.id]
    assert asked(facts, "unsent").level is OK
    assert asked(facts, "ledger").level is OK
    assert asked(facts, "worker").level is OK


def test_an_operator_that_never_answered_is_overdue_after_its_term(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.answers = False
    world.release([entry(one) for one in numbers(1)])
    world.round()
    assert facts_of(world).overdue == ()
    world.pass_time(25 * HOUR)
    assert facts_of(world).overdue == (("opr-uji-a", 1),)


def test_the_consent_that_rules_is_the_one_that_ends(world: World) -> None:
    peer = world.ott(until=world.clock.now() + 5 * DAY)
    (ruling,) = facts_of(world).consents
    assert asked(facts_of(world), "consents").level is WARNING
    world.pass_time()
    newer = world.consent(peer)
    assert [c.digest for c in facts_of(world).consents] == [newer] != [ruling.digest]
    assert asked(facts_of(world), "consents").level is OK


def test_a_head_that_the_tree_does_not_bear_out_is_found(world: World) -> None:
    import sqlite3

    world.partner("opr-uji-a")
    world.round()
    with world.store.read() as uow:
        assert ledger_fault(uow, C2spNotes()) == ""
        size = uow.log.size()
    database = sqlite3.connect(world.folder / "palang.sqlite")
    database.execute("DROP TRIGGER ledger_nodes_frozen")
    database.execute("UPDATE ledger_nodes SET hash = zeroblob(32) WHERE level = 0 AND position = 0")
    top = max(level for (level,) in database.execute("SELECT level FROM ledger_nodes"))
    for level in range(1, top + 1):
        database.execute(
            "UPDATE ledger_nodes SET hash = zeroblob(32) WHERE level = ? AND position = 0", (level,)
        )
    database.commit()
    database.close()
    assert size > 1
    with world.store.read() as uow:
        assert "another root" in ledger_fault(uow, C2spNotes())
