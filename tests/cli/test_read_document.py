"""A card is read byte for byte: what two people compare by phone is its digest."""

from pathlib import Path

import pytest

from gateway.cli.common import read_document


@pytest.mark.parametrize(
    ("lies", "read"),
    [
        (b"eyJh.eyJi.c\n", b"eyJh.eyJi.c"),
        (b"-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n", None),
        (b"-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n", None),
        (b"0\x03\x02\x01\x20", None),
    ],
    ids=["jws", "pem", "armour", "der"],
)
def test_only_the_line_end_after_a_jws_is_not_part_of_it(
    tmp_path: Path, lies: bytes, read: bytes | None
) -> None:
    (tmp_path / "card").write_bytes(lies)
    assert read_document(tmp_path / "card", 1000) == (lies if read is None else read)
