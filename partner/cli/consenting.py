"""`consent` and `withdraw`: an OTT takes part by its own signed word, and ends it the same way."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from gateway.domain import statements
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.statements import Consent, Kind
from gateway.domain.times import DAY, Micros, from_wire
from partner import answers, files
from partner.cli.frame import Frame, KitCommand, example, json_option, send_and_show
from partner.kit import Kit

_MAX_TERMS = 64 * 1024  # bytes
_NAMES = (
    *("categories", "channels", "origins", "fields", "maximum", "period"),
    *("purpose", "retention", "target", "answers", "from", "until"),
)


@click.command(
    cls=KitCommand,
    epilog=example(
        "palang-partner --home kit consent --terms consent.toml",
        "palang-partner consent --category penipuan --channel whatsapp --origin domestic \\",
        "    --until 2027-06-30 --maximum 10000 --period P30D --purpose 'own policy' \\",
        "    --retention P90D --target P3D --answers per-entry",
    ),
)
@click.option("--terms", type=click.Path(path_type=Path), help="TOML file with the same names.")
@click.option("--category", "categories", multiple=True, help="May be repeated.")
@click.option("--channel", "channels", multiple=True, help="May be repeated.")
@click.option("--origin", "origins", multiple=True, type=click.Choice(statements.ORIGINS))
@click.option("--field", "fields", multiple=True, type=click.Choice(statements.OPTIONAL_FIELDS))
@click.option("--maximum", type=click.IntRange(1), help="Most entries in a period.")
@click.option("--period", help="The period of the maximum, for example P30D.")
@click.option("--purpose", help="What the numbers are used for.")
@click.option("--retention", help="How long they are kept, for example P90D.")
@click.option("--target", help="The time in which the partner hopes to answer; no duty.")
@click.option("--answers", type=click.Choice(["none", "aggregate", "per-entry"]))
@click.option("--from", help="Date or wire time from which it holds; now where it is left out.")
@click.option("--until", help="Date or wire time at which it ends by itself.")
@json_option
@click.pass_obj
def consent(frame: Frame, /, terms: Path | None, as_json: bool, **options: Any) -> None:
    """Sign a consent with its whole scope (OTT only), and put it into outbox/."""
    kit = frame.kit()
    given = {name: value for name, value in options.items() if value not in (None, ())}
    wanted = (_file(terms) if terms else {}) | given
    made = answers.consent(kit, _consent(kit, wanted))
    send_and_show(kit, [made], as_json)


@click.command(cls=KitCommand, epilog=example("palang-partner --home kit withdraw"))
@click.option("--consent", "which", default="", help="Digest of the consent; default the last.")
@json_option
@click.pass_obj
def withdraw(frame: Frame, which: str, as_json: bool) -> None:
    """Withdraw a consent: the gateway begins no new attempt once it has recorded this."""
    kit = frame.kit()
    made = answers.withdraw(kit, which)
    send_and_show(kit, [made], as_json)


def _file(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(files.read(path, _MAX_TERMS).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as TOML ({type(error).__name__})") from None
    strange = sorted(set(document) - set(_NAMES))
    if strange:
        raise InputError(f"{path}: {strange[0]} is not known; known: {', '.join(_NAMES)}")
    return document


def _consent(kit: Kit, wanted: dict[str, Any]) -> Consent:
    """The statement, checked as the gateway will read it. Raises InputError."""
    now, me = kit.clock.now(), kit.identity
    try:
        terms = Consent(
            iss=me.id,
            aud=me.gateway,
            at=now,
            since=_moment(wanted["from"]) if "from" in wanted else now,
            until=_moment(wanted["until"]),
            categories=tuple(wanted.get("categories", ())),
            channels=tuple(wanted.get("channels", ())),
            origins=tuple(wanted.get("origins", ())),
            fields=tuple(wanted.get("fields", ())),
            most=wanted["maximum"],
            period=wanted["period"],
            purpose=wanted["purpose"],
            retention=wanted["retention"],
            target=wanted["target"],
            answers=wanted.get("answers", "none"),
        )
        statements.read(statements.to_bytes(terms), Kind.CONSENT)
    except KeyError as missing:
        raise InputError(
            f"the consent names no {missing.args[0]}; its scope must be whole"
        ) from None
    except (NotVerified, ValueError, TypeError) as error:
        raise InputError(f"the consent can't be made so: {error}") from None
    return terms


def _moment(value: object) -> Micros:
    """A date counts from its first moment (UTC), as TOML or as text."""
    text = value.isoformat() if isinstance(value, date) else str(value)
    if len(text) == len("2027-06-30"):
        days = date.fromisoformat(text) - datetime.fromtimestamp(0, UTC).date()
        return days.days * DAY
    return from_wire(text)
