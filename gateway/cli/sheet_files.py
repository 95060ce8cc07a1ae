"""Tables as new files, XLSX or CSV by their extension (gateway/writing/tables.py)."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from gateway.cli.common import new_file
from gateway.domain.errors import InputError
from gateway.writing.tables import MEDIA, Table, write


def write_table(
    path: Path,
    title: str,
    headers: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[Sequence[str]],
) -> int:
    """A new file for its owner only, XLSX or CSV by its extension; returns how many rows it has.

    `widths` are of the columns, in characters. Raises Conflict, InputError.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in MEDIA:
        raise InputError(
            f"expected a name that ends with .xlsx or .csv, got {path.name}",
            hint="choose another name with --out",
        )
    with new_file(path) as file:
        return write(kind, Table(title, headers, widths, rows), file, path.parent)
