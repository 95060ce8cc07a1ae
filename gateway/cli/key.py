"""`palang key`: the pinned keys, the trust file that others keep, the SSH public key."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.common import (
    KeyCommand,
    PalangGroup,
    Tools,
    columns,
    example,
    json_option,
    show,
    signatory,
    signing_options,
)
from gateway.domain.canonical import Json
from gateway.domain.errors import InputError
from gateway.domain.times import Micros, to_wire
from gateway.domain.trust import OwnerKind, PinnedKey, Trust, write_trust
from gateway.services.keys import Keys


@dataclass(frozen=True, slots=True)
class KeyServices:
    """What the group needs: revocation, all pins, the time, the line for authorized_keys."""

    keys: Keys
    trust: Callable[[], Trust]
    now: Callable[[], Micros]
    ssh_line: Callable[[], str]


def key_group(tools: Tools, services: Callable[[], KeyServices]) -> click.Group:
    """The group and its commands."""
    group = PalangGroup(
        "key",
        help="Pinned keys: list them, give them to others, revoke one.",
        epilog=example("palang key list", "palang key trust --out trust.json"),
    )
    for add in (_list, _trust, _ssh):
        add(group, services)
    _revoke(group, tools, services)
    return group


def _list(group: click.Group, services: Callable[[], KeyServices]) -> None:
    @group.command("list", epilog=example("palang key list", "palang key list --json"))
    @json_option
    def list_(as_json: bool) -> None:
        """Every pinned public key with owner, role and state."""
        ready = services()
        now = ready.now()
        keys = sorted(ready.trust().keys, key=lambda key: (key.owner, key.role, key.not_before))
        head = ("OWNER", "ID", "ROLE", "ALGORITHM", "STATE", "UNTIL", "KEY")
        rows = [
            (k.owner.kind, k.owner.id, k.role, k.alg, state(k, now), to_wire(k.not_after), k.kid)
            for k in keys
        ]
        show(as_json, {"keys": [_document(key, now) for key in keys]}, columns(head, rows))


def state(key: PinnedKey, now: Micros) -> str:
    """valid, revoked, ended, or not yet valid."""
    if key.revoked is not None and key.revoked <= now:
        return "revoked"
    if now >= key.not_after:
        return "ended"
    return "valid" if now >= key.not_before else "not yet"


def _document(key: PinnedKey, now: Micros) -> dict[str, Json]:
    return {
        "kid": key.kid,
        "kind": str(key.owner.kind),
        "owner": key.owner.id,
        "role": str(key.role),
        "alg": str(key.alg),
        "state": state(key, now),
        "not_before": to_wire(key.not_before),
        "not_after": to_wire(key.not_after),
    }


def _trust(group: click.Group, services: Callable[[], KeyServices]) -> None:
    @group.command(
        "trust",
        epilog=example(
            "palang key trust --out trust.json",
            "palang key trust --partner opr-uji-a --out trust-opr-uji-a.json",
        ),
    )
    @click.option("--out", type=click.Path(path_type=Path), required=True, help="New file.")
    @click.option("--partner", metavar="ID", help="Without the keys of other partners.")
    @json_option
    def trust(out: Path, partner: str | None, as_json: bool) -> None:
        """Write trust.json: the pinned public keys that a partner or an auditor keeps.

        Hand it over in person or compare the fingerprints by phone: whoever holds it checks
        everything else against it.
        """
        pins = services().trust()
        kept = [key for key in pins.keys if partner is None or _for_partner(key, partner)]
        _write_new(out, write_trust(Trust(pins.gateway, kept, pins.timestamp)))
        line = f"{len(kept)} keys are in {out}"
        show(
            as_json,
            {"file": str(out), "keys": len(kept)},
            [line],
            f"palang verify BUNDLE --trust {out}, or at a partner: palang-partner trust {out}",
        )


def _for_partner(key: PinnedKey, partner: str) -> bool:
    """A partner checks with the gateway's, the officers' and its own keys; other partners' would
    tell who takes part."""
    return key.owner.kind is not OwnerKind.PARTNER or key.owner.id == partner


def _write_new(path: Path, data: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise InputError(f"{path} is there already", hint="name a new file with --out") from None
    except OSError as error:
        raise InputError(
            f"{path} can't be written: {error.strerror}",
            hint="name a new file in a folder that this user may write in",
        ) from None


def _ssh(group: click.Group, services: Callable[[], KeyServices]) -> None:
    @group.command("ssh", epilog=example("palang key ssh"))
    @json_option
    def ssh(as_json: bool) -> None:
        """The gateway's SSH public key: the line for authorized_keys on a partner's SFTP server."""
        line = services().ssh_line()
        show(as_json, {"line": line}, [line])


def _revoke(group: click.Group, tools: Tools, services: Callable[[], KeyServices]) -> None:
    @group.command(
        "revoke",
        cls=KeyCommand,
        epilog=example("palang key revoke KEY --officer siti --key siti.pem"),
    )
    @click.argument("kid", metavar="KEY")
    @signing_options
    @json_option
    def revoke(
        kid: str, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Sign the revocation of a gateway's or partner's key; the second officer's word revokes.

        It counts from the next send on. What the key signed before stays provable.
        """
        ready = services()
        made = ready.keys.revoke(kid, signatory(tools, officer, key, passphrase_file))
        if made.revoked is None:
            then = f"another officer: palang key revoke {kid} --officer ID --key FILE"
            show(as_json, _document(made, ready.now()), [f"{officer} signed"], then)
            return
        line = f"Key {kid} of {made.owner.id} is revoked since {to_wire(made.revoked)}"
        then = "palang key trust --out FILE: give the new trust file to those who keep one"
        show(as_json, _document(made, ready.now()), [line], then)
