"""`palang officer`: enrol people who sign, approve them, revoke their keys."""

from pathlib import Path

import click

from gateway.cli.common import (
    PalangGroup,
    Tools,
    columns,
    example,
    json_option,
    passphrase,
    passphrase_option,
    show,
    signatory,
    signing_options,
)
from gateway.domain.canonical import Json
from gateway.domain.errors import PalangError
from gateway.domain.parties import Officer, Standing
from gateway.domain.times import show_wib, to_wire


def officer_group(tools: Tools) -> click.Group:
    """The group and its commands."""
    group = PalangGroup(
        "officer",
        help="People who sign: enrol, approve, list, revoke.",
        epilog=example(
            "palang officer add siti --name Siti --key siti.pem",
            "palang officer approve wati --officer siti --key siti.pem",
        ),
    )
    for add in (_add, _approve, _list, _revoke):
        add(group, tools)
    return group


def _add(group: click.Group, tools: Tools) -> None:
    @group.command(
        "add",
        epilog=example('palang officer add siti --name "Siti Rahma" --key siti.pem'),
    )
    @click.argument("officer", metavar="ID")
    @click.option("--name", required=True, help="The person's name.")
    @click.option(
        "--key", required=True, type=click.Path(path_type=Path), help="New key file to make."
    )
    @passphrase_option
    @json_option
    def add(
        officer: str, name: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Enrol an officer with a new key of their own, behind a passphrase.

        The first two are live at once; later ones need the signatures of two live officers.
        """
        officers = tools.front().officers
        signer = tools.new_signer(key, passphrase(passphrase_file, new=True))
        try:
            person = officers.enrol(officer, name, signer)
        except PalangError:
            key.unlink(missing_ok=True)  # made a moment ago, and nobody's
            raise
        line = f"Officer {person.id} is {person.standing}, key {person.kid} in {key}"
        show(as_json, _document(person), [line], _after_add(person))


def _after_add(person: Officer) -> str:
    if person.standing is Standing.LIVE:
        return "palang partner add CARD, or enrol the next officer"
    return f"two live officers each: palang officer approve {person.id} --officer ID --key FILE"


def _approve(group: click.Group, tools: Tools) -> None:
    @group.command(
        "approve", epilog=example("palang officer approve wati --officer siti --key siti.pem")
    )
    @click.argument("person", metavar="ID")
    @signing_options
    @json_option
    def approve(
        person: str, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Sign an enrolment as a live officer; the second signature makes the person live."""
        by = signatory(tools, officer, key, passphrase_file)
        found = tools.front().officers.approve(person, by)
        live = found.standing is Standing.LIVE
        then = "" if live else f"another live officer: palang officer approve {person}"
        show(as_json, _document(found), [f"Officer {found.id} is {found.standing}"], then)


def _revoke(group: click.Group, tools: Tools) -> None:
    @group.command(
        "revoke", epilog=example("palang officer revoke wati --officer siti --key siti.pem")
    )
    @click.argument("person", metavar="ID")
    @signing_options
    @json_option
    def revoke(
        person: str, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Sign the revocation of an officer's key; the second signature revokes it.

        What that officer submitted or released and is not sealed yet will not be sealed.
        """
        by = signatory(tools, officer, key, passphrase_file)
        found = tools.front().officers.revoke(person, by)
        closed = found.standing is Standing.CLOSED
        then = "" if closed else f"another live officer: palang officer revoke {person}"
        state = "revoked" if closed else "signed for revocation, not revoked yet"
        show(as_json, _document(found), [f"The key of officer {found.id} is {state}"], then)


def _list(group: click.Group, tools: Tools) -> None:
    @group.command("list", epilog=example("palang officer list --json"))
    @json_option
    def list_(as_json: bool) -> None:
        """List all officers."""
        found = tools.front().officers.all()
        head = ("id", "name", "standing", "enrolled", "key")
        rows = [(o.id, o.name, o.standing, show_wib(o.enrolled_at), o.kid) for o in found]
        show(as_json, {"officers": [_document(o) for o in found]}, columns(head, rows))


def _document(person: Officer) -> dict[str, Json]:
    return {
        "id": person.id,
        "name": person.name,
        "standing": str(person.standing),
        "kid": person.kid,
        "enrolled": to_wire(person.enrolled_at),
    }
