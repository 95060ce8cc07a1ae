"""`palang verify`: an evidence bundle checked offline, without database or network."""

import json
from collections.abc import Callable
from pathlib import Path
from time import time_ns

import click

from gateway.domain.bundle import MAX_BUNDLE
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.times import Micros, to_wire
from gateway.domain.trust import PinnedKey, read_trust
from gateway.ports import Notes, Signatures
from gateway.ports.timestamps import Timestamps
from gateway.services.dossier import Head
from gateway.services.telling import sentences
from gateway.services.verdict import Report, Result, Used
from gateway.services.verifying import verify

_MAX_TRUST = 16 * 1024 * 1024  # bytes; a key has about 300

_EPILOG = """\b
Example:
  palang verify palang-evidence-7.opr-uji-a.1.zip --trust trust.json
  palang verify bundle.zip            shows the fingerprints of the keys to compare

\b
Exit code: 0 every check passed under pinned keys; 1 a check failed;
2 the file can't be read; 3 nothing is proven yet: no trust file, or openssl or gpg is missing
for a statement that was signed with it."""

_WANTED = "FILE is what palang audit export wrote, --trust the file of palang key trust"


def verify_command(
    signatures: Signatures,
    notes: Notes,
    stamps: Timestamps | None = None,
    now: Callable[[], Micros] = lambda: time_ns() // 1000,
) -> click.Command:
    """The command `verify`; it needs the verifiers of keys/ and nothing else. The clock is only
    for saying what keys are by now: it decides nothing."""

    @click.command("verify", epilog=_EPILOG)
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option(
        "--trust",
        "trust_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The pinned keys, kept since onboarding; never those inside the file.",
    )
    @click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
    @click.pass_context
    def command(context: click.Context, file: Path, trust_file: Path | None, as_json: bool) -> None:
        """Check an evidence bundle FILE step by step against the pinned keys."""
        try:
            trust = read_trust(_bytes(trust_file, _MAX_TRUST)) if trust_file else None
            report = verify(_bytes(file, MAX_BUNDLE), trust, signatures, notes, stamps=stamps)
        except (InputError, NotVerified) as bad:
            click.echo(f"Error: {bad}", err=True)
            click.echo(f"Next: {bad.hint or _WANTED}", err=True)
            context.exit(2)
        at = now()
        told = json.dumps(to_json(report, at), ensure_ascii=False) if as_json else _text(report, at)
        click.echo(told)
        context.exit(exit_code(report))

    return command


def exit_code(report: Report) -> int:
    """0 passed, 1 failed, 3 nothing pinned (design 8)."""
    if report.failed:
        return 1
    return 0 if report.passed else 3


def to_json(report: Report, now: Micros) -> dict[str, object]:
    """The report as `--json` prints it."""
    document: dict[str, object] = {
        "passed": report.passed,
        "pinned": report.pinned,
        "checks": [_check(result) for result in report.results],
        "keys": [_key(key) for key in report.keys],
        "used": [_used(one, now) for one in report.used],
    }
    if report.whole is not None:
        document["bundle"] = report.whole.to_json()
        document["deliveries" if report.passed else "unproven_deliveries"] = [
            _head(told.head) | {"claim": told.claim.to_json()} for told in report.told
        ]
    elif report.head is not None and report.claim is not None:
        document["bundle"] = _head(report.head)
        document["claim" if report.passed else "unproven_claim"] = report.claim.to_json()
    return document


def _head(head: Head) -> dict[str, object]:
    return {
        "kind": head.kind,
        "gateway": head.gateway,
        "partner": head.partner,
        "delivery": head.delivery,
        "entry": head.entry,
    }


def _used(used: Used, now: Micros) -> dict[str, str]:
    return _key(used.key) | {
        "valid_from": to_wire(used.first),
        "valid_until": to_wire(used.last),
        "now": used.status(now),
        "announced": used.announced,
    }


def _check(result: Result) -> dict[str, object]:
    return {
        "number": result.number,
        "title": result.title,
        "status": str(result.status),
        "reason": result.reason,
        "detail": result.detail,
    }


def _key(key: PinnedKey) -> dict[str, str]:
    return {"owner": key.owner.id, "role": str(key.role), "fingerprint": key.kid}


def _text(report: Report, now: Micros) -> str:
    lines = [result.line() for result in report.results]
    if not report.pinned:
        lines += ["", "Keys in the file, which prove nothing by themselves:"]
        lines += [f"  {key.owner.id:<20} {key.role:<11} {key.kid}" for key in report.keys]
        lines.append("Compare them with what you got at onboarding, then give --trust trust.json.")
    elif report.used:
        lines += ["", "Keys that it rests on, as of then and now:"]
        lines += [_key_line(used, now) for used in report.used]
    if report.passed:
        lines += ["", "Proven under your pinned keys:"]
        for told in report.told:
            lines += sentences(told.claim, told.head, voluntary=told.voluntary)
    lines += ["", _verdict(report)]
    return "\n".join(map(_printable, lines))


def _key_line(used: Used, now: Micros) -> str:
    span = to_wire(used.first)
    span += f" to {to_wire(used.last)}" if used.last != used.first else ""
    key, status = used.key, used.status(now)
    since = {
        "revoked": f" since {to_wire(key.revoked)}" if key.revoked is not None else "",
        "expired": f" since {to_wire(key.not_after)}",
    }.get(status, "")
    told = f", announced by {used.announced}" if used.announced else ""
    then = f"valid then ({span}){told}"
    return f"  {key.owner.id:<20} {key.role:<11} {key.kid}: {then}; now {status}{since}"


def _printable(line: str) -> str:
    """A bundle's own words can't steer the terminal."""
    return "".join(char if char.isprintable() else "�" for char in line)


def _verdict(report: Report) -> str:
    if report.failed:
        numbers = ", ".join(str(result.number) for result in report.failed)
        return f"NOT GOOD: check {numbers} failed."
    return "GOOD: every check passed." if report.passed else "NOT PROVEN: no pinned keys."


def _bytes(file: Path, most: int) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as bad:
        raise InputError(
            f"expected a readable file, {file.name}: {bad.strerror}",
            hint="check the name and that this user may read it",
        ) from bad
    if len(data) > most:
        raise InputError(
            f"{file.name} is larger than {most} bytes", hint="check that it is the right file"
        )
    return data
