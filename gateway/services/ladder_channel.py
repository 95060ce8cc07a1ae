"""The lowest rungs: what an adapter's own probe says of identity, login and writing."""

from gateway.domain.ladder.rungs import Rung, RungResult, State
from gateway.ports import ProbeReport

_IDENTITY = ("host key", "tls", "certificate", "identity")
_LOGIN = ("login",)
_NEXT = {
    Rung.IDENTITY: "compare the server's host key or certificate by telephone with the card's; a "
    "new one takes a newer card",
    Rung.LOGIN: "the partner lets the gateway in: palang key ssh is its line of authorized_keys",
    Rung.WRITE: "the partner lets this login write, rename and read in its inbox and list its "
    "outbox, or corrects the address on its card",
}


def channel_rungs(report: ProbeReport) -> tuple[RungResult, ...]:
    """Three rungs of a probe's checks; what a channel does not check apart is as good as the rest
    of its checks."""
    by_rung: dict[Rung, list[tuple[bool, str]]] = {}
    for name, held, advice in report.checks:
        for rung in _rungs_of(name):
            by_rung.setdefault(rung, []).append((held, f"{name}: {advice}" if advice else name))
    return tuple(
        _rung(rung, by_rung.get(rung), report) for rung in (Rung.IDENTITY, Rung.LOGIN, Rung.WRITE)
    )


def _rungs_of(name: str) -> tuple[Rung, ...]:
    lower = name.lower()
    found = tuple(
        rung
        for rung, words in ((Rung.IDENTITY, _IDENTITY), (Rung.LOGIN, _LOGIN))
        if any(word in lower for word in words)
    )
    return found or (Rung.WRITE,)


def _rung(rung: Rung, checks: list[tuple[bool, str]] | None, report: ProbeReport) -> RungResult:
    failed = [what for held, what in checks or () if not held]
    if failed:
        cause = f"{report.endpoint}: {'; '.join(failed)}"
        return RungResult(rung, State.FAILED, cause, _NEXT[rung])
    if checks is None and not report.good:
        return RungResult(rung, State.NOT_RUN, "another check of this channel failed first")
    cause = report.peer_fingerprint if rung is Rung.IDENTITY else ""
    return RungResult(rung, State.PASSED, cause)
