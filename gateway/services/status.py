"""How the gateway is: each question a pure function over the facts, each finding with a next step.

Levels are Nagios': a warning wants a person today, a critical one now.
"""

from collections.abc import Callable, Iterator
from functools import partial

from gateway.domain.health import Check, Finding, Level
from gateway.domain.parties import Standing
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND, Micros, show_wib
from gateway.services.status_facts import Facts, Limits
from gateway.services.status_keys import certificates, consents, keys

Question = Callable[[Facts, Limits], Iterator[Finding]]

FAILING = 3
"""Attempts that fail in a row until a channel is told."""

SKEW: Micros = 2 * MINUTE
"""How far the clock may lie behind the ledger: a leap and a hasty clock are no alarm."""

JUDGE: Micros = 10 * MINUTE
"""How long what came may wait to be judged."""


def checks(facts: Facts, limits: Limits) -> list[Check]:
    """All status checks over these facts."""
    return [Check(name, partial(ask, facts, limits)) for name, ask in QUESTIONS.items()]


def unsent(facts: Facts, limits: Limits) -> Iterator[Finding]:
    """How long the oldest released delivery waits for its partner to take it."""
    waiting = [
        (p.unsent_since, p.partner) for p in facts.figures.partners if p.unsent_since and p.live
    ]
    since, partner = min(waiting, default=(facts.now, ""))
    age = max(0, facts.now - since)
    warn, crit = limits.unsent_minutes * MINUTE, limits.unsent_critical_minutes * MINUTE
    level = graded(age, warn, crit)
    yield Finding(
        "unsent",
        level,
        f"oldest for {partner}, since {show_wib(since)}" if partner else "nothing waits",
        f"palang delivery list --partner {partner} --state QUEUED" if level else "",
        figure=age / SECOND,
        unit="s",
        warn=warn / SECOND,
        crit=crit / SECOND,
    )


def overdue(facts: Facts, _limits: Limits) -> Iterator[Finding]:
    """Operators without a final word after their term."""
    total = sum(count for _partner, count in facts.overdue)
    named = ", ".join(f"{partner} {count}" for partner, count in facts.overdue)
    yield Finding(
        "overdue",
        Level.WARNING if total else Level.OK,
        f"deliveries without a final word after the term: {named}" if total else "none",
        "call the operators named; palang delivery progress" if total else "",
        figure=total,
        warn=0,
    )


def dead_letters(facts: Facts, _limits: Limits) -> Iterator[Finding]:
    """What failed or was rejected waits for a person."""
    counts = {
        p.partner: sum(n for state, n in p.states if state in ("FAILED", "REJECTED"))
        for p in facts.figures.partners
    }
    named = ", ".join(f"{partner} {n}" for partner, n in counts.items() if n)
    yield Finding(
        "dead-letters",
        Level.WARNING if named else Level.OK,
        named or "none",
        "palang delivery list --state FAILED --state REJECTED" if named else "",
        figure=sum(counts.values()),
        warn=0,
    )


def worker(facts: Facts, limits: Limits) -> Iterator[Finding]:
    """The newest sign of life, and workers that fell silent within the last day."""
    beats = facts.figures.beats
    if not beats:
        yield Finding("worker", Level.CRITICAL, "no worker has run here", _START)
        return
    newest = max(beats, key=lambda beat: beat.at)
    age = max(0, facts.now - newest.at)
    warn, crit = limits.heartbeat_seconds, limits.heartbeat_critical_seconds
    level = graded(age, warn * SECOND, crit * SECOND)
    silent = [b.worker for b in beats if crit * SECOND < facts.now - b.at < DAY]
    text = f"{newest.worker} {age // SECOND} s ago"
    if silent and not level:
        level, text = Level.WARNING, f"{text}; silent: {', '.join(silent)}"
    yield Finding(
        "worker",
        level,
        text,
        _START if level else "",
        figure=age / SECOND,
        unit="s",
        warn=warn,
        crit=crit,
    )


_START = "systemctl status palang-worker, or palang up; its log says why it ended"


def ledger(facts: Facts, limits: Limits) -> Iterator[Finding]:
    """Whether the latest signed head holds, and how long a grown ledger has had none."""
    figures = facts.figures
    if facts.ledger_fault:
        yield Finding(
            "ledger",
            Level.CRITICAL,
            facts.ledger_fault,
            "stop the workers, keep the disk as it is, run palang fsck, then restore a backup",
        )
        return
    grown = figures.ledger > figures.checkpoint
    age = facts.now - (figures.checkpoint_at or facts.now) if grown else 0
    warn, crit = limits.checkpoint_minutes * MINUTE, limits.checkpoint_critical_minutes * MINUTE
    level = graded(age, warn, crit)
    yield Finding(
        "ledger",
        level,
        f"{figures.ledger} leaves, signed head over {figures.checkpoint}",
        "the worker signs heads: palang worker; palang doctor checks its checkpoint key"
        if level
        else "",
        figure=age / SECOND,
        unit="s",
        warn=warn / SECOND,
        crit=crit / SECOND,
    )


def timestamps(facts: Facts, _limits: Limits) -> Iterator[Finding]:
    """Whether the time-stamping authority stamps the ledger's heads; nothing stops without it."""
    stamping = facts.stamping
    if stamping is None:
        yield Finding("timestamps", Level.OK, "no authority: time is the gateway's own word")
        return
    late = stamping.waits and facts.now - (stamping.last or 0) > 2 * stamping.rhythm
    last = show_wib(stamping.last) if stamping.last else "never"
    yield Finding(
        "timestamps",
        Level.WARNING if late else Level.OK,
        f"last token {last}",
        "evidence rests on the gateway's own word meanwhile; the worker's log says why: look at "
        "[timestamps] in palang.toml"
        if late
        else "",
    )


def disk(facts: Facts, limits: Limits) -> Iterator[Finding]:
    """Room on the disk of the state folder, in percent."""
    machine = facts.machine
    free = 100 * machine.free / max(machine.total, 1)
    warn, crit = limits.disk_percent, limits.disk_critical_percent
    level = Level.CRITICAL if free < crit else Level.WARNING if free < warn else Level.OK
    yield Finding(
        "disk",
        level,
        f"{free:.0f} % of {machine.total >> 30} GiB free",
        "free room or enlarge the disk: nothing is acknowledged while it is full" if level else "",
        figure=round(free, 1),
        unit="%",
        warn=warn,
        crit=crit,
        floor=True,
    )


def clock(facts: Facts, _limits: Limits) -> Iterator[Finding]:
    """A clock behind the ledger makes terms and key windows wrong."""
    behind = facts.figures.newest - facts.now
    if behind > SKEW:
        yield Finding(
            "clock",
            Level.CRITICAL,
            f"{behind // SECOND} s behind the newest entry of the ledger",
            "stop the workers, set the clock (timedatectl), then start them again",
            figure=behind / SECOND,
            unit="s",
        )
    elif facts.machine.synchronised is False:
        advice = "timedatectl set-ntp true, or look at chrony"
        yield Finding("clock", Level.WARNING, "not synchronised", advice)
    else:
        known = facts.machine.synchronised is not None
        yield Finding("clock", Level.OK, "synchronised" if known else "not behind the ledger")


def channels(facts: Facts, _limits: Limits) -> Iterator[Finding]:
    """Partners whose last attempts all failed."""
    bad = [p for p in facts.figures.partners if p.live and p.failing >= FAILING]
    named = ", ".join(f"{p.partner} {p.failing} in a row" for p in bad)
    yield Finding(
        "channels",
        Level.WARNING if bad else Level.OK,
        f"attempts failed: {named}" if bad else "all answer",
        f"palang doctor --partner {bad[0].partner} tries the channel" if bad else "",
        figure=len(bad),
        warn=0,
    )


def inbox(facts: Facts, _limits: Limits) -> Iterator[Finding]:
    """What partners said and nobody judged yet."""
    waiting = dict(facts.figures.inbound).get("PENDING", 0)
    since = facts.figures.pending_since
    late = since is not None and facts.now - since > JUDGE
    yield Finding(
        "inbox",
        Level.WARNING if late else Level.OK,
        f"{waiting} wait to be judged",
        "the worker judges them: its log says what stops it" if late else "",
        figure=waiting,
    )


def backup(facts: Facts, limits: Limits) -> Iterator[Finding]:
    """How old the last backup is."""
    at, advice = facts.machine.backup_at, "palang backup --to FOLDER --offline-key PUB.pem"
    if at is None:
        yield Finding("backup", Level.WARNING, "none was made from here", advice)
        return
    age = facts.now - at
    late = age > limits.backup_hours * HOUR
    yield Finding(
        "backup",
        Level.WARNING if late else Level.OK,
        f"of {show_wib(at)}",
        advice if late else "",
        figure=age / SECOND,
        unit="s",
        warn=limits.backup_hours * HOUR / SECOND,
    )


def partners(facts: Facts, _limits: Limits) -> Iterator[Finding]:
    """Who is live; a proposal that waits for a second officer is told, not alarmed."""
    live = sum(p.standing is Standing.LIVE for p in facts.partners)
    waiting = [p.id for p in facts.partners if p.standing is Standing.PROPOSED]
    text = f"{live} live" + (f", waiting for approval: {', '.join(waiting)}" if waiting else "")
    yield Finding("partners", Level.OK, text, figure=live)


def graded(value: float, warn: float, crit: float) -> Level:
    """The level of a figure that is good while small."""
    return Level.CRITICAL if value >= crit else Level.WARNING if value >= warn else Level.OK


QUESTIONS: dict[str, Question] = {
    "worker": worker,
    "unsent": unsent,
    "overdue": overdue,
    "dead-letters": dead_letters,
    "channels": channels,
    "inbox": inbox,
    "ledger": ledger,
    "timestamps": timestamps,
    "clock": clock,
    "disk": disk,
    "backup": backup,
    "keys": keys,
    "certificates": certificates,
    "consents": consents,
    "partners": partners,
}
