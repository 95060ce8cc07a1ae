"""Runs checks. One that breaks is a finding itself and stops no other."""

from collections.abc import Iterable

from gateway.domain.errors import PalangError
from gateway.domain.health import Check, Finding, Level


def run(checks: Iterable[Check]) -> list[Finding]:
    """Every check's findings, in order."""
    return [finding for check in checks for finding in _one(check)]


def _one(check: Check) -> list[Finding]:
    try:
        return list(check.run())
    except PalangError as error:
        return [Finding(check.name, Level.CRITICAL, str(error), error.hint or _LOOK)]
    except Exception as error:  # noqa: BLE001  a check that breaks must not hide the others; only
        # its type is told: a foreign error's text may quote a row (promise H)
        return [Finding(check.name, Level.CRITICAL, f"broke ({type(error).__name__})", _LOOK)]


_LOOK = "palang doctor names what is wrong around it; else report it with the version"


def worst(findings: Iterable[Finding]) -> Level:
    """The highest level."""
    return max((finding.level for finding in findings), default=Level.OK)
