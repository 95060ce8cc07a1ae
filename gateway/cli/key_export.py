"""`palang key export`: a key of the gateway as a partner's own tool takes it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.common import KeyCommand, example, json_option, show, write_new
from gateway.domain.errors import NotFound
from gateway.domain.fingerprints import phone_text
from gateway.domain.ids import Envelope
from gateway.domain.times import Micros, show_wib
from gateway.domain.trust import (
    COUNTERSIGNS_WITH,
    SEALS_WITH,
    Algorithm,
    Owner,
    OwnerKind,
    PinnedKey,
    Role,
    Trust,
)

ROLES = (Role.MANIFEST, Role.STATEMENT, Role.CHECKPOINT, Role.SEAL)
_TOOLS = {"certificate": Envelope.CMS, "asc": Envelope.OPENPGP}
_TELLS = {
    "pem": "openssl pkey -pubin -in {out} -text",
    "certificate": "docs/partner-openssl.md: the partner keeps it as gateway.crt",
    "asc": "docs/partner-gpg.md: the partner keeps it as gateway.asc",
}


@dataclass(frozen=True, slots=True)
class ExportServices:
    """What the command needs: all pins, the time, and what writes a key in a form."""

    trust: Callable[[], Trust]
    now: Callable[[], Micros]
    write: Callable[[PinnedKey, str], bytes]


def add_export(group: click.Group, services: Callable[[], ExportServices]) -> None:
    """Put the command into the group `key`."""

    @group.command(
        "export",
        cls=KeyCommand,
        epilog=example(
            "palang key export --form certificate --out gateway.crt",
            "palang key export --form asc --out gateway.asc",
            "palang key export --role statement --form asc --out gateway-answers.asc",
        ),
    )
    @click.argument("kid", metavar="[KEY]", required=False)
    @click.option("--form", type=click.Choice(list(_TELLS)), required=True, help="Of the file.")
    @click.option(
        "--role",
        type=click.Choice([str(role) for role in ROLES]),
        default=str(Role.MANIFEST),
        show_default=True,
        help="Whose newest valid key, where no KEY is named.",
    )
    @click.option("--out", type=click.Path(path_type=Path), required=True, help="New file.")
    @json_option
    def export(kid: str | None, form: str, role: str, out: Path, as_json: bool) -> None:
        """Write a public key of the gateway for a partner with openssl (certificate) or gpg (asc).

        The file proves nothing: the partner compares the fingerprint with an officer by phone.
        """
        ready = services()
        key = _chosen(ready.trust(), kid, Role(role), form, ready.now())
        write_new(out, ready.write(key, form))
        lines = [
            f"{key.role} key {key.kid}, until {show_wib(key.not_after)}, is in {out}",
            f"Fingerprint: {phone_text(key.kid)}",
        ]
        show(
            as_json,
            {"file": str(out), "kid": key.kid, "fingerprint": phone_text(key.kid)},
            lines,
            _TELLS[form].format(out=out),
        )


def _chosen(trust: Trust, kid: str | None, role: Role, form: str, at: Micros) -> PinnedKey:
    """The key named, or the newest of its role that the form's tool knows. Raises NotFound,
    NotVerified("no-key")."""
    owner = Owner(OwnerKind.GATEWAY, trust.gateway)
    if kid is None:
        return trust.newest(owner, role, at, _kinds(role, form))
    found = [key for key in trust.of(owner) if key.kid == kid]
    if not found:
        raise NotFound(f"the gateway has no key {kid}", hint="palang key list")
    return found[0]


def _kinds(role: Role, form: str) -> frozenset[Algorithm]:
    if form not in _TOOLS:
        return frozenset(Algorithm) - {Algorithm.OPENPGP}
    return (SEALS_WITH if role is Role.SEAL else COUNTERSIGNS_WITH)[_TOOLS[form]]
