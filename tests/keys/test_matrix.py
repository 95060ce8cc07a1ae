"""docs/envelopes.md says of every cell what happens when it is run."""

from pathlib import Path

import pytest

from tests.keys import openssl
from tests.keys.gnupg import key_ring
from tests.keys.matrix import Cell, gpg_cells, jose_cells, openssl_cells, section, table


def check(name: str, cells: list[Cell]) -> None:
    """Each cell does what it says, and the document says the same."""
    assert [cell[:5] for cell in cells if not cell.holds()] == []
    assert section(name) == table(cells), "python -m tests.keys.matrix writes it again"


def test_the_second_jose_library() -> None:
    check("jwcrypto", list(jose_cells()))


@pytest.mark.openssl
def test_openssl(tmp_path: Path) -> None:
    check("openssl", list(openssl_cells(openssl.at(tmp_path))))


@pytest.mark.gpg
def test_gpg() -> None:
    with key_ring() as ring:
        check("gpg", list(gpg_cells(ring)))
