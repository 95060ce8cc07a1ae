"""Settings of a kit: one TOML file, `partner.toml`, read strictly.

Unknown names are refused with their path, so that a typing error never means "default". Paths are
relative to the folder of the file.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any, Literal, get_type_hints

from gateway.domain.errors import InputError
from partner.sections import Login, Mail, Pull

FILE_NAME = "partner.toml"
FORMS = ("62", "+62", "08")
REPLY_MODES = ("response", "collect")
SEPARATORS = (",", ";", "\t")

_LISTEN = re.compile(r"([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", re.ASCII)
_URL = re.compile(
    r"https://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:/[A-Za-z0-9._~-]+)+", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the partner chooses; each name is a line of partner.toml.

    unlock: file with the passphrase of the private keys; "" takes the systemd credential
    palang-unlock. inbox, outbox: where the SFTP server puts parcels and takes statements. lists,
    work, refused: own folders for what is enforced, for the hook, and for parcels not taken.
    daily_ceiling: new blocks a local day above which a person decides. never_block: file of numbers
    and prefixes that are never blocked here. utc_offset_minutes: the local clock. hook: the command
    that enforces, [] for none. hook_minutes: how long it may take. hook_retry_minutes: the wait
    before a failed one is called again. list_forms: further writings of the list. poll_seconds:
    the rhythm of `run`. say_again_minutes: the first wait for the gateway's answer. listen,
    tls_cert, tls_key: the HTTPS service, "" for none. reply_mode: acknowledge in the response, or
    leave it for collection.
    """

    home: Path
    unlock: str = "secrets/unlock"
    inbox: str = "inbox"
    outbox: str = "outbox"
    lists: str = "lists"
    work: str = "work"
    refused: str = "refused"
    daily_ceiling: int = 5_000
    never_block: str = "never-block.txt"
    utc_offset_minutes: int = 420
    hook: tuple[str, ...] = ()
    hook_minutes: int = 60
    hook_retry_minutes: int = 5
    list_forms: tuple[str, ...] = ()
    list_separator: str = ","
    poll_seconds: int = 5
    say_again_minutes: int = 60
    listen: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    reply_mode: str = "response"
    login: Login = field(default_factory=Login)
    pull: Pull = field(default_factory=Pull)
    mail: Mail = field(default_factory=Mail)

    @property
    def way(self) -> Literal["folder", "pull", "mail"]:
        """How parcels come in and statements go out; the HTTPS service serves the folder's."""
        return "pull" if self.pull.url else "mail" if self.mail.maildir else "folder"

    def file(self, name: str) -> Path | None:
        """A file named by a setting of a section, None where it is ""."""
        return self.home / name if name else None

    def path(self, name: str) -> Path:
        """A folder or file of the settings as a path."""
        return self.home / str(getattr(self, name))

    @property
    def unlock_file(self) -> Path | None:
        """The passphrase file, or None where the systemd credential is used."""
        return self.home / self.unlock if self.unlock else None

    @property
    def local_time(self) -> timezone:
        """The clock by which a day of the ceiling begins."""
        return timezone(timedelta(minutes=self.utc_offset_minutes))

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port of the HTTPS service, None where there is none."""
        match = _LISTEN.fullmatch(self.listen)
        return (match[1].strip("[]"), int(match[2])) if match else None


def load(home: Path) -> Settings:
    """Read `<home>/partner.toml`. Raises InputError, naming file and setting."""
    path = home / FILE_NAME
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise InputError(
            f"there is no {FILE_NAME} in {home}",
            hint="make a kit first: palang-partner --home DIR init ..., or name its folder",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} can't be read ({type(error).__name__})") from None
    return parse(text, home, str(path))


def parse(text: str, home: Path, path: str) -> Settings:
    """Settings from TOML text; `path` is named in errors. Raises InputError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not readable as TOML: {error}") from None
    settings = Settings(home=home, **_values(Settings, document, path, ""))
    _check(settings, path)
    return settings


def _values(
    kind: type[Settings | Pull | Mail | Login], document: Mapping[str, Any], path: str, within: str
) -> dict[str, Any]:
    hints = get_type_hints(kind)
    known = sorted({item.name for item in fields(kind)} - {"home"})
    values = {}
    for name, value in document.items():
        if name not in known:
            raise InputError(
                f"{path}: {within}{name} is not a setting", hint="known: " + ", ".join(known)
            )
        where = f"{path}: {within}{name}"
        if hints[name] in (Pull, Mail, Login) and isinstance(value, dict):
            values[name] = hints[name](**_values(hints[name], value, path, f"{name}."))
        else:
            values[name] = _value(hints[name], value, where)
    return values


def _value(expected: object, value: object, where: str) -> object:
    if expected in (str, int, bool):
        if type(value) is expected:
            return value
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    named = expected.__name__ if isinstance(expected, type) else "list of texts"
    raise InputError(f"{where}: expected {named}, got {type(value).__name__}")


def _check(settings: Settings, path: str) -> None:
    """Values that would be understood as something else, or not at all."""
    served, pull, mail = bool(settings.listen), settings.pull, settings.mail
    ways = sum(map(bool, (served, pull.url, mail.maildir)))
    checks = (
        ("daily_ceiling", settings.daily_ceiling >= 0, "0 or more"),
        ("hook_minutes", settings.hook_minutes >= 1, "1 or more"),
        ("hook_retry_minutes", settings.hook_retry_minutes >= 0, "0 or more"),
        ("poll_seconds", settings.poll_seconds >= 1, "1 or more"),
        ("utc_offset_minutes", abs(settings.utc_offset_minutes) < 1440, "-1439 to 1439"),
        ("list_forms", set(settings.list_forms) <= set(FORMS), "some of " + ", ".join(FORMS)),
        ("list_separator", settings.list_separator in SEPARATORS, "a comma, semicolon or tab"),
        ("reply_mode", settings.reply_mode in REPLY_MODES, "one of " + ", ".join(REPLY_MODES)),
        ("listen", not served or settings.address is not None, "host:port"),
        ("tls_cert", not served or bool(settings.tls_cert), "a file, as listen is set"),
        ("tls_key", not served or bool(settings.tls_key), "a file, as listen is set"),
        ("say_again_minutes", settings.say_again_minutes >= 1, "1 or more"),
        ("listen, pull.url, mail.maildir", ways <= 1, "one of them: it is one channel"),
        ("pull.url", not pull.url or _URL.fullmatch(pull.url) is not None, "https://host/path"),
        *_complete("mail", mail, bool(mail.maildir), ("smtp", "sender", "to")),
    )
    for name, good, expected in checks:
        if not good:
            raise InputError(f"{path}: {name}: expected {expected}")


def _complete(
    section: str, values: Mail, used: bool, names: tuple[str, ...]
) -> Iterator[tuple[str, bool, str]]:
    for name in names:
        filled = bool(getattr(values, name))
        yield f"{section}.{name}", filled or not used, "a value, as the section is used"


TEMPLATE = """\
# Settings of the partner kit. Unknown names are refused; paths are relative to this file.
# Who you are is not here but in card.jws, which the gateway's officers approved.

# file with the passphrase of your private keys; "" takes the systemd credential palang-unlock
unlock = "secrets/unlock"

# parcels come into inbox, statements are taken from outbox. Where an SFTP server serves them,
# let it serve a folder that holds only these two, never this whole directory.
inbox = "inbox"
outbox = "outbox"

# above so many new blocks a local day a person decides: palang-partner apply --approve DELIVERY
daily_ceiling = 5000
never_block = "never-block.txt"
utc_offset_minutes = 420

# the command that enforces; it gets: OPERATION ENTRIES.csv RESULT.csv (docs/partner-kit.md)
hook = []
hook_minutes = 60

# further writings of lists/current.csv: "62", "+62", "08"
list_forms = []
list_separator = ","

# the HTTPS service of `palang-partner run`, for a REST channel
listen = ""
tls_cert = ""
tls_key = ""
reply_mode = "response"

# a channel that is pulled or goes by mail: the names under [pull] and [mail] in docs/partner-kit.md
pull.url = ""
mail.maildir = ""
"""
