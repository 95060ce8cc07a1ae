"""Settings: one TOML file becomes one frozen, documented object at start-up.

Unknown names are refused with their path, so that a typing error never means "default". Paths are
relative to the folder of the file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from config.sections import (
    Console,
    Directory,
    Exchange,
    Fairness,
    Guards,
    Heads,
    Intake,
    Mail,
    Retry,
    Status,
    Timestamps,
    Worker,
)
from gateway.domain.errors import InputError
from gateway.domain.times import SECOND, Micros

T = TypeVar("T")

FILE_NAME = "palang.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a deployment chooses.

    database: an SQLAlchemy URL; empty means palang.sqlite in `state`. state, keys: folders.
    key_store: where the signing and seal keys are (docs/keys.md); empty means the folder `keys`.
    unlock: the file with the secret that opens the private keys; empty means the systemd credential
    palang-unlock. period_keys, period_secret: the folder with the keys of stored content, and the
    secret that opens them (docs/retention.md); neither is ever in a backup.
    allow_private_addresses: permit partners on private or loopback addresses (a test or a closed
    network); everywhere else such an address is an attack and is refused.
    """

    home: Path
    database: str = ""
    state: str = "state"
    keys: str = "keys"
    key_store: str = ""
    unlock: str = "secrets/unlock"
    period_keys: str = "period-keys"
    period_secret: str = "secrets/periods"  # noqa: S105  # the name of a file
    allow_private_addresses: bool = False
    retry: Retry = field(default_factory=Retry)
    guards: Guards = field(default_factory=Guards)
    intake: Intake = field(default_factory=Intake)
    worker: Worker = field(default_factory=Worker)
    fairness: Fairness = field(default_factory=Fairness)
    heads: Heads = field(default_factory=Heads)
    status: Status = field(default_factory=Status)
    mail: Mail = field(default_factory=Mail)
    directory: Directory = field(default_factory=Directory)
    exchange: Exchange = field(default_factory=Exchange)
    console: Console = field(default_factory=Console)
    timestamps: Timestamps = field(default_factory=Timestamps)

    @property
    def exchange_url(self) -> str:
        """Where the exchange store is."""
        return self.exchange.database or f"sqlite:///{self.state_folder / 'exchange.sqlite'}"

    @property
    def database_url(self) -> str:
        """Where the core database is."""
        return self.database or f"sqlite:///{self.state_folder / 'palang.sqlite'}"

    @property
    def state_folder(self) -> Path:
        """Database and high-water file on the embedded default."""
        return self.home / self.state

    @property
    def keys_folder(self) -> Path:
        """The gateway's private key files, encrypted."""
        return self.home / self.keys

    @property
    def period_folder(self) -> Path:
        """The period keys, encrypted; several machines share one folder."""
        return self.home / self.period_keys

    @property
    def period_secret_file(self) -> Path:
        """What opens them; made with the first one."""
        return self.home / self.period_secret

    @property
    def unlock_file(self) -> Path | None:
        """The mounted unlock secret, or None where the systemd credential is used."""
        return self.home / self.unlock if self.unlock else None

    @property
    def high_water_file(self) -> Path:
        """Outside the database, so that a restored backup can't take it along (promise E)."""
        return self.state_folder / "high-water.json"

    @property
    def lease(self) -> Micros:
        """Length of a lease."""
        return self.worker.lease_seconds * SECOND


def load(home: Path) -> Settings:
    """Read `<home>/palang.toml`.

    Raises InputError: no such file, not TOML, an unknown name or type.
    """
    path = home / FILE_NAME
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"there is no {FILE_NAME} in {home}",
            hint="make a gateway first: palang init --home DIR --name NAME, or name its folder: "
            "palang --home DIR ...",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as TOML: {error}") from None
    return _read(Settings, document, str(path), {"home": home})


def _read(kind: type[T], document: Mapping[str, Any], path: str, given: dict[str, Any]) -> T:
    names = {item.name for item in fields(kind)}  # type: ignore[arg-type]  # always a dataclass
    known = names - set(given)
    hints = get_type_hints(kind)
    values = dict(given)
    for name, value in document.items():
        if name not in known:
            raise InputError(
                f"{path}: {name} is not a setting", hint="known here: " + ", ".join(sorted(known))
            )
        values[name] = _value(hints[name], value, f"{path}: {name}")
    return kind(**values)


def _value(expected: type[Any], value: object, path: str) -> object:
    if is_dataclass(expected):
        return _read(expected, _table(value, path), path, {})
    if get_origin(expected) is dict:
        kind = get_args(expected)[1]
        members = _table(value, path).items()
        return {
            name: _read(kind, _table(one, f"{path}.{name}"), f"{path}.{name}", {})
            for name, one in members
        }
    if type(value) is not expected:
        raise InputError(f"{path}: expected {expected.__name__}, got {type(value).__name__}")
    least = 0 if path.endswith("_per_minute") else 1  # a limit of 0 is none
    if expected is int and isinstance(value, int) and value < least:
        raise InputError(f"{path}: expected at least {least}, got {value}")
    return value


def _table(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"{path}: a table is expected")
    return value


TEMPLATE = """\
# Palang's settings. Unknown names are refused; paths are relative to this file.
# database = "sqlite:////var/lib/palang/palang.sqlite"
state = "state"
keys = "keys"
# signing and seal keys elsewhere (docs/keys.md): "credential:palang-key", or a PKCS#11 token
# key_store = "pkcs11:token=palang?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:pin"
# the secret that opens the private keys; "" takes the systemd credential palang-unlock
unlock = "secrets/unlock"
# keys of stored content by month, never in a backup: copy this folder and its secret elsewhere
# period_keys = "period-keys"
# period_secret = "secrets/periods"
allow_private_addresses = {private}

[retry]
first_seconds = 60
longest_minutes = 360
receipt_minutes = 120
most_tries = 60
most_days = 10

[guards]
entries = 20000
prefix_percent = 60
run_percent = 50
partner_points = 30
jump_percent = 500
entries_day = 20000

[worker]
tick_seconds = 5
lease_seconds = 900
collect_seconds = 60
threads = 4

# the staff console (docs/console.md); beyond loopback it needs tls_cert and tls_key
[console]
listen = "127.0.0.1:8480"

# [intake]: quarantine_days = 60 (docs/holds.md), auto_take = false (docs/source-partner.md)
# [fairness]: failures, longest_pause_minutes, parcels_per_minute, megabytes_per_minute
# [heads]: rhythm_hours, life_hours
# [status]: when palang status warns; docs/operations.md has the list

# an authority that vouches for the ledger's time, RFC 3161 (docs/evidence.md)
# [timestamps]
# url = "http://timestamp.example/tsa"
# authority = "timestamps.pem"
# rhythm_hours = 1

# partners by mail (docs/channel-mail.md); the passwords: palang key secret set mail-relay
# [mail]
# relay = "smtps://palang@relay.example:465"
# sender = "palang@ministry.example"
# mailbox = "imaps://palang@mail.example:993/INBOX"

# partners whose cron fetches from the OpenSSH beside us (docs/channel-directory.md)
# [directory]
# root = "/srv/palang/pickup"

# partners that pull from our listener, palang web (docs/partner-api.md, docs/install.md)
# [exchange]
# database = "postgresql+psycopg://palang_worker@outside.example/exchange?sslmode=verify-full"
# listen = "0.0.0.0:8443"
# tls_cert = "/etc/palang/listener.pem"
# tls_key = "/etc/palang/listener.key"
"""


def write_template(home: Path, *, private: bool) -> Path:
    """Write a commented settings file with the defaults. Raises InputError where one is there."""
    path = home / FILE_NAME
    text = TEMPLATE.format(private="true" if private else "false")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(
            f"{path} is there already",
            hint="choose another --home, or use the gateway that is there",
        ) from None
    return path
