"""The recorded exceptions of the algorithm policy: `exceptions.toml` beside the settings.

[[exception]]
partner = "opr-uji-a"
weakness = "rsa-2048"            # or cms-cbc, cms-pkcs1
since = "2026-11-24T00:00:00Z"
until = "2027-05-01T00:00:00Z"   # within a year
reason = "their HSM is replaced in April"
by = "siti"
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.domain.errors import InputError, NotVerified
from gateway.domain.times import from_wire
from keys.exceptions import Exceptions, PolicyException, Weakness

FILE_NAME = "exceptions.toml"
_MEMBERS = {"partner", "weakness", "since", "until", "reason", "by"}


def recorded(home: Path) -> Exceptions:
    """All that the file records; none where there is no file. Raises InputError."""
    path = home / FILE_NAME
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Exceptions()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: not readable as TOML: {error}") from None
    listed = document.get("exception", [])
    if set(document) - {"exception"} or not isinstance(listed, list):
        raise InputError(f"{path}: expected tables [[exception]] and nothing else")
    return Exceptions(_one(item, f"{path}: exception {n}") for n, item in enumerate(listed, 1))


def _one(item: object, where: str) -> PolicyException:
    if not isinstance(item, Mapping) or set(item) != _MEMBERS:
        raise InputError(f"{where}: expected exactly {', '.join(sorted(_MEMBERS))}")
    values: dict[str, Any] = dict(item)
    if not all(isinstance(value, str) for value in values.values()):
        raise InputError(f"{where}: expected every value as a text in quotes")
    try:
        times = {name: from_wire(values[name]) for name in ("since", "until")}
        return PolicyException(**(values | times | {"weakness": Weakness(values["weakness"])}))
    except (NotVerified, InputError, ValueError) as error:
        raise InputError(f"{where}: {error}") from None
