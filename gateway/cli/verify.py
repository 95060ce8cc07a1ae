"""`palang verify`: an evidence bundle checked offline, without database or network."""

import json
from pathlib import Path

import click

from gateway.domain.bundle import MAX_BUNDLE
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.trust import PinnedKey, read_trust
from gateway.ports import Notes, Signatures
from gateway.services.telling import sentences
from gateway.services.verdict import Report, Result
from gateway.services.verifying import verify

_MAX_TRUST = 16 * 1024 * 1024  # bytes; a key has about 300

_EPILOG = """\b
Example:
  palang verify palang-evidence-7.opr-uji-a.1.zip --trust trust.json
  palang verify bundle.zip            shows the fingerprints of the keys to compare

\b
Exit code: 0 every check passed under pinned keys; 1 a check failed;
2 the file can't be read; 3 no trust file: nothing is proven yet."""

_WANTED = "FILE is what palang audit export wrote, --trust the file of palang key trust"


def verify_command(signatures: Signatures, notes: Notes) -> click.Command:
    """The command `verify`; it needs the two verifiers of keys/ and nothing else."""

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
            report = verify(_bytes(file, MAX_BUNDLE), trust, signatures, notes)
        except (InputError, NotVerified) as bad:
            click.echo(f"Error: {bad}", err=True)
            click.echo(f"Next: {bad.hint or _WANTED}", err=True)
            context.exit(2)
        click.echo(json.dumps(to_json(report), ensure_ascii=False) if as_json else _text(report))
        context.exit(exit_code(report))

    return command


def exit_code(report: Report) -> int:
    """0 passed, 1 failed, 3 nothing pinned (design 8)."""
    if report.failed:
        return 1
    return 0 if report.passed else 3


def to_json(report: Report) -> dict[str, object]:
    """The report as `--json` prints it."""
    head = report.head
    document: dict[str, object] = {
        "passed": report.passed,
        "pinned": report.pinned,
        "checks": [_check(result) for result in report.results],
        "keys": [_key(key) for key in report.keys],
    }
    if head is not None and report.claim is not None:
        document["bundle"] = {
            "kind": head.kind,
            "gateway": head.gateway,
            "partner": head.partner,
            "delivery": head.delivery,
            "entry": head.entry,
        }
        document["claim" if report.passed else "unproven_claim"] = report.claim.to_json()
    return document


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


def _text(report: Report) -> str:
    lines = [result.line() for result in report.results]
    if not report.pinned:
        lines += ["", "Keys in the file, which prove nothing by themselves:"]
        lines += [f"  {key.owner.id:<20} {key.role:<11} {key.kid}" for key in report.keys]
        lines.append("Compare them with what you got at onboarding, then give --trust trust.json.")
    if report.passed and report.head is not None and report.claim is not None:
        told = sentences(report.claim, report.head, voluntary=report.voluntary)
        lines += ["", "Proven under your pinned keys:", *told]
    lines += ["", _verdict(report)]
    return "\n".join(map(_printable, lines))


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
