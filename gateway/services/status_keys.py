"""What ends by itself: keys, certificates, consents."""

from collections.abc import Iterator
from itertools import product

from gateway.domain.health import Finding, Level
from gateway.domain.parties import Standing
from gateway.domain.rotation import by_form, lasts_until, reminder
from gateway.domain.times import DAY, Micros, show_wib
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.services.status_facts import Facts, Limits

OWN_ROLES = (Role.MANIFEST, Role.CHECKPOINT, Role.STATEMENT)
"""The keys without which a gateway can't go on."""


def keys(facts: Facts, limits: Limits) -> Iterator[Finding]:
    """The last key of each owner and role, and when it ends; one that is followed by another is
    no worry."""
    ends = sorted(_ends(facts))
    missing = [str(role) for role in OWN_ROLES if _last(facts, _own(facts), role) is None]
    if missing:
        yield Finding(
            "keys",
            Level.CRITICAL,
            f"the gateway has no valid {', '.join(missing)} key",
            "restore the keys folder from a backup; palang doctor says what is there",
        )
        return
    end, name = ends[0] if ends else (facts.now + limits.key_days * DAY, "")
    days = (end - facts.now) // DAY
    level = _level(days, limits.key_days, limits.key_critical_days)
    soon = _reminders(ends, facts.now)
    yield Finding(
        "keys",
        level,
        f"first to end: {name} on {show_wib(end)}{soon}" if name else "none",
        "palang key rotate ROLE; a partner sends a new card; an officer enrols a new key"
        if level
        else "",
        figure=days,
        warn=limits.key_days,
        crit=limits.key_critical_days,
        floor=True,
    )


def _reminders(ends: list[tuple[Micros, str]], now: Micros) -> str:
    """Whose keys end within 7, 14, 30 and 60 days, each in the nearest of these spans."""
    spans: dict[int, list[str]] = {}
    for end, name in ends:
        if days := reminder(end, now):
            spans.setdefault(days, []).append(name)
    return "".join(f"; within {days} days: {', '.join(spans[days])}" for days in sorted(spans))


def _own(facts: Facts) -> Owner:
    return Owner(OwnerKind.GATEWAY, facts.gateway)


def _ends(facts: Facts) -> Iterator[tuple[Micros, str]]:
    live = {Owner(OwnerKind.PARTNER, p.id) for p in facts.partners if p.standing is Standing.LIVE}
    live |= {Owner(OwnerKind.OFFICER, o.id) for o in facts.officers if o.standing is Standing.LIVE}
    for owner in sorted(live | {_own(facts)}):
        for keys, role in product(by_form(facts.trust.of(owner)), Role):
            last = lasts_until(keys, role, facts.now)
            if last is not None:
                yield last, f"{owner.id} {role}"


def _last(facts: Facts, owner: Owner, role: Role) -> Micros | None:
    """When the owner's last key of a role ends, None where it has no valid one."""
    return lasts_until(facts.trust.of(owner), role, facts.now)


def certificates(facts: Facts, limits: Limits) -> Iterator[Finding]:
    """TLS certificates that this gateway shows."""
    ends = sorted((end, name) for name, end in facts.machine.certificates)
    if not ends:
        yield Finding("certificates", Level.OK, "none is used")
        return
    end, name = ends[0]
    days = (end - facts.now) // DAY
    level = _level(days, limits.certificate_days, limits.certificate_critical_days)
    yield Finding(
        "certificates",
        level,
        f"{name} ends {show_wib(end)}",
        "renew it, then restart the listener" if level else "",
        figure=days,
        warn=limits.certificate_days,
        crit=limits.certificate_critical_days,
        floor=True,
    )


def consents(facts: Facts, limits: Limits) -> Iterator[Finding]:
    """Consents that end soon: without another one that OTT gets nothing more."""
    soon = [
        (record.terms.until, record.partner)
        for record in facts.consents
        if record.terms.until - facts.now < limits.consent_days * DAY
    ]
    named = ", ".join(f"{partner} on {show_wib(end)}" for end, partner in sorted(soon))
    yield Finding(
        "consents",
        Level.WARNING if soon else Level.OK,
        f"ending: {named}" if soon else f"{len(facts.consents)} live",
        "ask whether they give another one; it is theirs to give" if soon else "",
        figure=len(soon),
        warn=0,
    )


def _level(days: int, warn: int, crit: int) -> Level:
    return Level.CRITICAL if days < crit else Level.WARNING if days < warn else Level.OK
