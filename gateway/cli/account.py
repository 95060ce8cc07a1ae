"""`palang account`: who may sign in to the console, administered on the machine itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.common import (
    PalangGroup,
    columns,
    example,
    json_option,
    passphrase,
    passphrase_option,
    read_file,
    show,
)
from gateway.domain.accounts import Role
from gateway.domain.canonical import Json
from gateway.domain.errors import InputError
from gateway.domain.staff import StaffRecord
from gateway.services.access import By
from gateway.services.accounts import Accounts, Handed, NewAccount
from gateway.services.own_key import OwnKeys

_MOST_KEY = 8192
_ROLES = click.Choice([str(role) for role in Role])


@dataclass(frozen=True, slots=True)
class AccountServices:
    """What the group needs; `by` is the machine's login."""

    accounts: Accounts
    keys: Callable[[], OwnKeys]
    by: By
    require_secret: Callable[[], None]


def account_group(services: Callable[[], AccountServices]) -> click.Group:
    """The group; `services` opens the database."""
    group = PalangGroup(
        "account",
        help="Who may sign in to the console. What is done here acts at once, and the ledger says"
        " that the machine did it.",
        epilog=example(
            'palang account add ani --name "Ani Lestari" --role administrator',
            "palang account list",
        ),
    )
    for add in (_add, _list, _role, _key):
        add(group, services)
    for name, act, done, words in _ACTS:
        _act(group, services, name, act, done, words)
    return group


def _add(group: click.Group, services: Callable[[], AccountServices]) -> None:
    @group.command(
        "add", epilog=example('palang account add tono --name "Tono Wijaya" --role preparer')
    )
    @click.argument("account", metavar="ID")
    @click.option("--name", required=True, help="The person's name.")
    @click.option("--role", required=True, type=_ROLES, help="What the account is for.")
    @click.option("--language", default="id", type=click.Choice(["id", "en"]), show_default=True)
    @json_option
    def add(account: str, name: str, role: str, language: str, as_json: bool) -> None:
        """Make an account with a one-time password, which is shown once.

        Its owner chooses another at the first sign-in, within three days.
        """
        found = services()
        found.require_secret()
        new = NewAccount(account, name, Role(role), language)
        _show(found.accounts.add(new, found.by), "is made", as_json)


def _list(group: click.Group, services: Callable[[], AccountServices]) -> None:
    @group.command("list", epilog=example("palang account list --json"))
    @json_option
    def list_(as_json: bool) -> None:
        """List all accounts."""
        everyone = services().accounts.all()
        head = ("id", "name", "role", "officer", "codes", "state", "asked")
        rows = [tuple(str(value) for value in _document(one).values()) for one in everyone]
        show(as_json, {"accounts": [_document(one) for one in everyone]}, columns(head, rows))


def _role(group: click.Group, services: Callable[[], AccountServices]) -> None:
    @group.command("role", epilog=example("palang account role tono auditor"))
    @click.argument("account", metavar="ID")
    @click.argument("role", type=_ROLES)
    @json_option
    def role_(account: str, role: str, as_json: bool) -> None:
        """Give an account another role; it is signed out everywhere."""
        found = services()
        handed = found.accounts.change_role(account, Role(role), found.by)
        _show(handed, f"is {role}", as_json)


def _key(group: click.Group, services: Callable[[], AccountServices]) -> None:
    @group.command("key", epilog=example("palang account key tono --key tono.pem"))
    @click.argument("account", metavar="ID")
    @click.option("--key", type=click.Path(path_type=Path), help="The officer's own key file.")
    @click.option("--forget", is_flag=True, help="Take the key away from the account.")
    @passphrase_option
    @json_option
    def key_(
        account: str, key: Path | None, forget: bool, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Keep an officer's encrypted key file beside the account, so that it can sign there.

        The passphrase proves whose it is and is not kept; each act in the console asks for it.
        """
        if (key is None) is not forget:
            raise click.UsageError("give --key FILE, or --forget")
        found = services()
        if key is None:
            record = found.keys().forget(account, found.by)
            show(as_json, _document(record), [f"Account {record.id} signs nothing any more"])
            return
        if str(key).startswith("pkcs11:"):
            raise InputError(
                "a key in a token can't be kept beside an account",
                hint="sign with it on the machine: palang batch release --key pkcs11:...",
            )
        pem = read_file(key, _MOST_KEY)
        record = found.keys().put(account, pem, passphrase(passphrase_file), found.by)
        show(as_json, _document(record), [f"Account {record.id} signs as officer {record.officer}"])


_ACTS = (
    ("disable", Accounts.disable, "is disabled", "Nobody signs in with it any more, at once."),
    ("enable", Accounts.enable, "is enabled", "Let a disabled account sign in again."),
    (
        "reset-password",
        Accounts.reset_password,
        "has a new one-time password",
        "A new one-time password, shown once; a disabled account stays disabled.",
    ),
    (
        "reset-totp",
        Accounts.reset_totp,
        "enrols an authenticator at its next sign-in",
        "Forget its authenticator and recovery codes.",
    ),
)


def _act(
    group: click.Group,
    services: Callable[[], AccountServices],
    name: str,
    act: Callable[[Accounts, str, By], Handed],
    done: str,
    words: str,
) -> None:
    @group.command(name, help=words, epilog=example(f"palang account {name} tono"))
    @click.argument("account", metavar="ID")
    @json_option
    def command(account: str, as_json: bool) -> None:
        found = services()
        _show(act(found.accounts, account, found.by), done, as_json)


def _show(handed: Handed, done: str, as_json: bool) -> None:
    record, document = handed.record, _document(handed.record)
    lines = [f"Account {record.id} {done}"]
    if handed.password:
        document["one_time_password"] = handed.password
        lines += [f"One-time password, shown this once: {handed.password}"]
    then = "hand it over in person; it lasts three days" if handed.password else ""
    show(as_json, document, lines, then)


def _document(record: StaffRecord) -> dict[str, Json]:
    return {
        "id": record.id,
        "name": record.name,
        "role": str(record.role),
        "officer": record.officer,
        "codes": "yes" if record.totp else "no",
        "state": "disabled" if record.disabled else "enabled",
        "asked": record.asked,
    }
