"""palang.toml at a new place: folders beside the file, databases where they were restored."""

import re
import tomllib

from gateway.cli.backup import RestoreOrder
from gateway.domain import backup
from gateway.domain.backup import BackupManifest
from gateway.domain.errors import InputError

_TABLE = re.compile(r"(?m)^[ \t]*\[")


def relocated(text: str, order: RestoreOrder, made: BackupManifest) -> tuple[str, tuple[str, ...]]:
    """The settings for the new home, and the files that they name and no backup holds.

    What was set elsewhere (an absolute state folder, say) belongs to the lost machine.
    Raises InputError where the result can't be read.
    """
    text = assigned(text, "", {"state": "state", "keys": "keys", "unlock": backup.UNLOCK})
    text = assigned(text, "", {"database": order.database or None})
    if made.member(backup.EXCHANGES):
        text = assigned(text, "exchange", {"database": order.exchange or None})
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"the restored settings can't be read: {error}",
            hint="the backup's palang.toml is broken: take another backup",
        ) from None
    exchange, mail = document.get("exchange", {}), document.get("mail", {})
    named = [exchange.get(name, "") for name in ("tls_cert", "tls_key", "client_ca")]
    return text, tuple(name for name in [*named, mail.get("ca", "")] if name)


def assigned(text: str, table: str, values: dict[str, str | None]) -> str:
    """The document with these texts set in a table ("" is the top), None takes the line out.

    Comments and everything else stay as they are.
    """
    if table and not _head(table).search(text) and any(values.values()):
        text = f"{text.rstrip()}\n\n[{table}]\n"
    begin, end = _span(text, table)
    part = text[begin:end]
    for name, value in values.items():
        part = re.sub(rf"(?m)^[ \t]*{name}[ \t]*=.*\n?", "", part)
        if value is not None:
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            part = f'{name} = "{escaped}"\n' + part
    return text[:begin] + part + text[end:]


def _head(table: str) -> re.Pattern[str]:
    return re.compile(rf"(?m)^[ \t]*\[{table}\][^\n]*\n?")


def _span(text: str, table: str) -> tuple[int, int]:
    """Where the lines of a table begin and end; at the end of the text where there is none."""
    found = _head(table).search(text) if table else None
    if table and found is None:
        return len(text), len(text)
    begin = found.end() if found else 0
    following = _TABLE.search(text, begin)
    return begin, following.start() if following else len(text)
