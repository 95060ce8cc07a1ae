"""`palang key rotate`, `phases`, `retire`, `test`, `exposure`: keys change as a routine."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.common import (
    KeyCommand,
    Tools,
    columns,
    example,
    json_option,
    read_file,
    show,
    signatory,
    signing_options,
    write_new,
)
from gateway.domain.canonical import Json
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.rotation import NOTICE
from gateway.domain.times import DAY, Micros, from_wire, show_wib, to_wire
from gateway.domain.trust import Algorithm, PinnedKey, Role
from gateway.services.exposure import Exposed, Exposure
from gateway.services.phases import KeyState, Phases
from gateway.services.rotation import Rotation
from gateway.services.trials import TrialService

ROLES = (Role.MANIFEST, Role.CHECKPOINT, Role.STATEMENT, Role.SEAL)
MAX_KEY = 4096  # bytes of a public key file


@dataclass(frozen=True, slots=True)
class RotationServices:
    """What the commands need. `make` gives a new key of the gateway to pin from a moment on: made
    in the key store, or the public half that is handed in."""

    rotation: Rotation
    phases: Phases
    trials: TrialService
    exposure: Exposure
    make: Callable[[Role, Algorithm | None, bytes | None, Micros], PinnedKey]
    now: Callable[[], Micros]


def add_rotation(
    group: click.Group, tools: Tools, services: Callable[[], RotationServices]
) -> None:
    """Put the commands into the group `key`."""
    _rotate(group, tools, services)
    _retire(group, tools, services)
    for add in (_phases, _test, _exposure):
        add(group, services)


def _rotate(group: click.Group, tools: Tools, services: Callable[[], RotationServices]) -> None:
    @group.command(
        "rotate",
        epilog=example(
            "palang key rotate manifest --officer siti --key siti.pem",
            "palang key rotate manifest --officer budi --key budi.pem",
        ),
    )
    @click.argument("role", type=click.Choice([str(role) for role in ROLES]))
    @click.option(
        "--days",
        type=click.IntRange(0, 90),
        default=NOTICE // DAY,
        show_default=True,
        help="How long partners are told before it is used.",
    )
    @click.option("--alg", type=click.Choice([str(a) for a in Algorithm]), help="Of the new key.")
    @click.option(
        "--public",
        type=click.Path(path_type=Path),
        help="The public half of a key that was made elsewhere, as PEM or JWK.",
    )
    @click.option("--new", is_flag=True, help="Another key, though one waits for its signature.")
    @signing_options
    @json_option
    def rotate(
        role: str,
        days: int,
        alg: str | None,
        public: Path | None,
        new: bool,
        officer: str,
        key: Path,
        passphrase_file: Path | None,
        as_json: bool,
    ) -> None:
        """Announce a new key of the gateway; the second officer types the same.

        From its first day on it signs. The older key verifies until it ends or is retired, so
        nothing stops.
        """
        ready, by = services(), signatory(tools, officer, key, passphrase_file)
        waiting = None if new or public else ready.rotation.proposed(Role(role))
        if waiting is not None:
            made = ready.rotation.approve(waiting.kid, by)
        else:
            data = read_file(public, MAX_KEY) if public else None
            begin = ready.now() + days * DAY
            wanted = ready.make(Role(role), Algorithm(alg) if alg else None, data, begin)
            made = ready.rotation.announce(wanted, by)
        show(as_json, _document(made), _announced(made, officer), _then(made, role))


def _announced(made: PinnedKey, officer: str) -> list[str]:
    if made.not_before == made.not_after:
        return [f"{officer} signed for {made.role} key {made.kid}"]
    return [
        f"{made.role} key {made.kid} is announced",
        f"It signs from {show_wib(made.not_before)} until {show_wib(made.not_after)}",
    ]


def _then(made: PinnedKey, role: str) -> str:
    if made.not_before == made.not_after:
        return f"another officer: palang key rotate {role} --officer ID --key FILE"
    return "palang key phases shows whom the heads have told; the others get the key sheet"


def _document(key: PinnedKey) -> dict[str, Json]:
    return {
        "kid": key.kid,
        "role": str(key.role),
        "alg": str(key.alg),
        "not_before": to_wire(key.not_before),
        "not_after": to_wire(key.not_after),
    }


def _retire(group: click.Group, tools: Tools, services: Callable[[], RotationServices]) -> None:
    @group.command(
        "retire",
        cls=KeyCommand,
        epilog=example("palang key retire KEY --officer siti --key siti.pem"),
    )
    @click.argument("kid", metavar="KEY")
    @signing_options
    @json_option
    def retire(
        kid: str, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Sign the end of a key that was replaced; the second officer's word ends it.

        What it signed stays provable. A lost or stolen key is revoked instead: palang key revoke.
        """
        ready, by = services(), signatory(tools, officer, key, passphrase_file)
        made = ready.rotation.retire(kid, by)
        if made.not_after > ready.now():
            then = f"another officer: palang key retire {kid} --officer ID --key FILE"
            show(as_json, _document(made), [f"{officer} signed"], then)
            return
        line = f"Key {kid} of {made.owner.id} ended {show_wib(made.not_after)}"
        then = "palang key trust --out FILE: give the new trust file to those who keep one"
        show(as_json, _document(made), [line], then)


def _phases(group: click.Group, services: Callable[[], RotationServices]) -> None:
    @group.command("phases", epilog=example("palang key phases", "palang key phases --json"))
    @json_option
    def phases(as_json: bool) -> None:
        """Where every key of the gateway and of live partners stands in its rotation."""
        found = services().phases.all()
        head = ("OWNER", "ROLE", "PHASE", "FROM", "UNTIL", "KEY", "NOT TOLD YET")
        rows = [
            (s.key.owner.id, s.key.role, s.phase, *_window(s.key), s.key.kid, ", ".join(s.lacks))
            for s in found
        ]
        show(as_json, {"keys": [_state(one) for one in found]}, columns(head, rows))


def _window(key: PinnedKey) -> tuple[str, str]:
    return to_wire(key.not_before), to_wire(key.not_after)


def _state(one: KeyState) -> dict[str, Json]:
    more: dict[str, Json] = {
        "owner": one.key.owner.id,
        "phase": str(one.phase),
        "not_told": list(one.lacks),
    }
    return _document(one.key) | more


def _test(group: click.Group, services: Callable[[], RotationServices]) -> None:
    @group.command("test", epilog=example("palang key test opr-uji-a"))
    @click.argument("partner")
    @json_option
    def test(partner: str, as_json: bool) -> None:
        """Repeat the test exchange of a partner's newest seal key.

        Its last acknowledged delivery goes once more, sealed to that key; its receipt confirms it.
        """
        made = services().trials.again(partner)
        line = f"delivery {made.delivery} goes again, sealed to key {made.kid}"
        document: dict[str, Json] = {"partner": partner, "delivery": made.delivery, "kid": made.kid}
        show(as_json, document, [line], "palang key phases: confirmed once the receipt is here")


def _exposure(group: click.Group, services: Callable[[], RotationServices]) -> None:
    @group.command(
        "exposure",
        cls=KeyCommand,
        epilog=example(
            "palang key exposure KEY --since 2026-11-01T00:00:00Z",
            "palang key exposure KEY --csv exposure.csv",
        ),
    )
    @click.argument("kid", metavar="KEY")
    @click.option("--since", metavar="TIME", help="From then on, as 2026-11-01T00:00:00Z.")
    @click.option("--csv", "out", type=click.Path(path_type=Path), help="Write a new CSV file.")
    @json_option
    def exposure(kid: str, since: str | None, out: Path | None, as_json: bool) -> None:
        """List everything that a key signed or could open. No phone number is in it."""
        key, found = services().exposure.of(kid, _moment(since))
        if out is not None:
            write_new(out, _csv(found))
        signed = sum(one.how == "signed" for one in found)
        lines = [
            f"{key.role} key of {key.owner.id}: {signed} signed, {len(found) - signed} could open",
            *([f"written to {out}"] if out is not None else _table(found)),
        ]
        document = _document(key) | {"owner": key.owner.id, "found": [_row(one) for one in found]}
        show(as_json, document, lines)


def _moment(since: str | None) -> Micros:
    try:
        return from_wire(since) if since else 0
    except NotVerified as error:
        raise InputError(f"--since: {error}", hint="write 2026-11-01T00:00:00Z") from None


def _row(one: Exposed) -> dict[str, Json]:
    return {
        "how": one.how,
        "what": one.what,
        "subject": one.subject,
        "partner": one.partner,
        "at": to_wire(one.at),
        "digest": one.digest,
    }


_HEAD = ("how", "what", "subject", "partner", "at", "digest")


def _table(found: list[Exposed]) -> list[str]:
    rows = [[str(_row(one)[name]) for name in _HEAD] for one in found]
    return columns([name.upper() for name in _HEAD], rows)


def _csv(found: list[Exposed]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, _HEAD, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row(one) for one in found)
    return text.getvalue().encode()
