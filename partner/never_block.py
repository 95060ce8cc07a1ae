"""The partner's own never-block file: numbers and prefixes, one a line.

    # own service numbers
    6287000000*        a prefix: every number that begins so
    62870000000001     a number

Digits in the international form, with or without +; everything after # is a remark.
"""

import re
from pathlib import Path

from gateway.domain.errors import InputError
from partner import files
from partner.enforce import Never

MAX_FILE = 64 * 1024 * 1024  # bytes; about four million numbers
_LINE = re.compile(r"\+?([1-9]\d{0,16})(\*?)", re.ASCII)


def load(path: Path) -> Never:
    """Read the file; where there is none, nothing is protected.

    Raises InputError for a line that is neither: a typing error must not unprotect a number.
    """
    if not path.exists():
        return lambda _number: False
    numbers: set[int] = set()
    prefixes: set[str] = set()
    try:
        text = files.read(path, MAX_FILE).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text") from None
    for position, line in enumerate(text.splitlines(), 1):
        _read(line.partition("#")[0].strip(), f"{path}: line {position}", numbers, prefixes)
    lengths = sorted({len(prefix) for prefix in prefixes})

    def never(number: int) -> bool:
        if number in numbers:
            return True
        digits = str(number)
        return any(digits[:length] in prefixes for length in lengths)

    return never


def _read(line: str, where: str, numbers: set[int], prefixes: set[str]) -> None:
    if not line:
        return
    match = _LINE.fullmatch(line)
    if match is None or (not match[2] and len(match[1]) < 4):
        raise InputError(
            f"{where}: expected a number or a prefix followed by *, in international digits"
        )
    if match[2]:
        prefixes.add(match[1])
    else:
        numbers.add(int(match[1]))
