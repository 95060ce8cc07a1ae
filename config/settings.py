"""Settings: one TOML file becomes one frozen, documented object at start-up.

Unknown names are refused with their path, so that a typing error never means "default". Paths are
relative to the folder of the file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from gateway.domain.errors import InputError
from gateway.domain.schedule import Pace, RetryPolicy
from gateway.domain.times import DAY, MINUTE, SECOND, Micros

T = TypeVar("T")

FILE_NAME = "palang.toml"


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long a delivery is tried (design 4); `[retry]`.

    first_seconds: the wait after the first failure; doubled each time up to longest_minutes.
    receipt_minutes: how long a handed-over parcel waits for its receipt before it is sent again.
    most_tries, most_days: after that a person must look.
    """

    first_seconds: int = 60
    longest_minutes: int = 360
    receipt_minutes: int = 120
    most_tries: int = 60
    most_days: int = 10

    def policy(self) -> RetryPolicy:
        """The same in microseconds."""
        return RetryPolicy(
            first=self.first_seconds * SECOND,
            longest=self.longest_minutes * MINUTE,
            receipt=self.receipt_minutes * MINUTE,
            most_tries=self.most_tries,
            most_age=self.most_days * DAY,
        )


@dataclass(frozen=True, slots=True)
class Guards:
    """Blast-radius guards at review; above a threshold a release needs a reason; `[guards]`.

    entries: most entries in a batch. run_percent: most entries of one run of neighbouring numbers,
    in percent of the batch. jump_percent: entries in percent of the average of the last batches.
    """

    entries: int = 20_000
    run_percent: int = 50
    jump_percent: int = 500


@dataclass(frozen=True, slots=True)
class Worker:
    """The worker's rhythm; `[worker]`.

    tick_seconds: how often due work is looked for. lease_seconds: how long one attempt may take
    before another worker treats its outcome as unknown. collect_seconds: how often replies are
    collected. threads: partners served at the same time.
    """

    tick_seconds: int = 5
    lease_seconds: int = 900
    collect_seconds: int = 60
    threads: int = 4


@dataclass(frozen=True, slots=True)
class Fairness:
    """How much one partner's channel is asked to bear, so that it delays nobody; `[fairness]`.

    failures: after so many in a row only one parcel at a time probes the channel, at most
    longest_pause_minutes apart. parcels_per_minute, megabytes_per_minute: limits, 0 for none.
    """

    failures: int = 5
    longest_pause_minutes: int = 30
    parcels_per_minute: int = 0
    megabytes_per_minute: int = 0

    def pace(self) -> Pace:
        """The same in microseconds and bytes."""
        return Pace(
            failures=self.failures,
            longest=self.longest_pause_minutes * MINUTE,
            parcels=self.parcels_per_minute,
            octets=self.megabytes_per_minute * 1024 * 1024,
        )


@dataclass(frozen=True, slots=True)
class Heads:
    """Signed heads, by which partners notice a silent gateway (design 3); `[heads]`.

    rhythm_hours: how often one is made even where nothing moved. life_hours: how long one is good.
    """

    rhythm_hours: int = 6
    life_hours: int = 24


@dataclass(frozen=True, slots=True)
class Mail:
    """The gateway's own mail accounts, for partners whose channel is `mailto:`; `[mail]`.

    relay: smtps://user@host:465 or smtp://user@host:587 (STARTTLS), "" where no partner uses mail.
    sender: the address that mails come from and replies go to. mailbox: where replies are found,
    imaps://user@host:993/INBOX or maildir:/absolute/folder. ca: a PEM file of the only authorities
    to trust, "" for the system's. Passwords are no settings: `palang key secret`.
    """

    relay: str = ""
    sender: str = ""
    mailbox: str = ""
    ca: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """Pick-up folders for partners whose channel is `dir:`; `[directory]`.

    root: the folder under which the OpenSSH beside the gateway shuts each partner in. quota_mb: how
    much may lie in one partner's folders.
    """

    root: str = ""
    quota_mb: int = 1024


@dataclass(frozen=True, slots=True)
class TransportRule:
    """What a pulling partner must bring beside its signature; `[exchange.partners.<partner id>]`.

    certificate: SHA256:<hex> of its client certificate. bearer: sha256:<hex>, the digest of its
    secret. http_signature: RFC 9421 by a pinned key. Empty or false asks for nothing.
    """

    certificate: str = ""
    bearer: str = ""
    http_signature: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """The partner listener and its store, for partners whose channel is `pull:`; `[exchange]`.

    database: an SQLAlchemy URL of a database of its own; empty means exchange.sqlite in `state`.
    listen: host:port. tls_cert, tls_key: PEM files; client_ca: asks partners for certificates of
    these authorities. origin: https://host:port as partners write it, where one signs its requests
    (RFC 9421). quota_statements, quota_requests: what
    one partner may post and ask in an hour; quota_mb: what it may post in a day.
    """

    database: str = ""
    listen: str = "127.0.0.1:8443"
    tls_cert: str = ""
    tls_key: str = ""
    client_ca: str = ""
    origin: str = ""
    quota_statements: int = 600
    quota_requests: int = 6_000
    quota_mb: int = 200
    partners: dict[str, TransportRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a deployment chooses.

    database: an SQLAlchemy URL; empty means palang.sqlite in `state`. state, keys: folders. unlock:
    the file with the secret that opens the private keys; empty means the systemd credential palang-
    unlock. allow_private_addresses: permit partners on private or loopback addresses (a test or a
    closed network); everywhere else such an address is an attack and is refused.
    """

    home: Path
    database: str = ""
    state: str = "state"
    keys: str = "keys"
    unlock: str = "secrets/unlock"
    allow_private_addresses: bool = False
    retry: Retry = field(default_factory=Retry)
    guards: Guards = field(default_factory=Guards)
    worker: Worker = field(default_factory=Worker)
    fairness: Fairness = field(default_factory=Fairness)
    heads: Heads = field(default_factory=Heads)
    mail: Mail = field(default_factory=Mail)
    directory: Directory = field(default_factory=Directory)
    exchange: Exchange = field(default_factory=Exchange)

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
# the secret that opens the private keys; "" takes the systemd credential palang-unlock
unlock = "secrets/unlock"
allow_private_addresses = {private}

[retry]
first_seconds = 60
longest_minutes = 360
receipt_minutes = 120
most_tries = 60
most_days = 10

[guards]
entries = 20000
run_percent = 50
jump_percent = 500

[worker]
tick_seconds = 5
lease_seconds = 900
collect_seconds = 60
threads = 4
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
