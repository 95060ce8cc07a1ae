"""The reader of received mails: what it takes apart, and where it stops (threats.md M8)."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.mail_parts import (
    MOST_DEPTH,
    MOST_FIELDS,
    MOST_HEADER,
    MOST_PARTS,
    Odd,
    Part,
    header_of,
    parts_of,
    top_of,
)


def nested(depth: int) -> bytes:
    """A whole mail of multiparts within each other around one text."""
    inner = b"Content-Type: text/plain\n\nx"
    for at in range(depth):
        name = f"b{at}".encode()
        inner = (
            b"Content-Type: multipart/mixed; boundary=" + name + b"\n\n--" + name + b"\n"
            + inner + b"\n--" + name + b"--\n"
        )  # fmt: skip
    return inner


def flat(count: int) -> bytes:
    """A whole mail of so many parts."""
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * count + b"--b--\n"


def part(body: bytes, encoding: str = "") -> Part:
    """A leaf with this encoded body."""
    head = f"Content-Transfer-Encoding: {encoding}\n\n".encode() if encoding else b"\n"
    (found,) = parts_of(head + body)
    return found


def test_nesting_is_read_up_to_its_cap() -> None:
    assert len(parts_of(nested(MOST_DEPTH))) == 1
    with pytest.raises(Odd, match="deeper"):
        parts_of(nested(MOST_DEPTH + 1))


def test_parts_are_read_up_to_their_cap() -> None:
    assert len(parts_of(flat(MOST_PARTS))) == MOST_PARTS
    with pytest.raises(Odd, match="parts"):
        parts_of(flat(MOST_PARTS + 1))


def test_parts_of_inner_multiparts_count_together() -> None:
    inner = flat(MOST_PARTS // 2 + 1).replace(b"boundary=b", b"boundary=c").replace(b"--b", b"--c")
    head = b"Content-Type: multipart/mixed; boundary=b\n\n"
    with pytest.raises(Odd, match="parts"):
        parts_of(head + (b"--b\n" + inner + b"\n") * 2 + b"--b--\n")


def test_empty_parts_are_not_scanned_without_end() -> None:
    """The cap on boundaries holds before any part of them is read."""
    head = b"Content-Type: multipart/mixed; boundary=b\n\n"
    inner = b"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c--\n"
    with pytest.raises(Odd, match="parts"):
        parts_of(head + inner * (MOST_PARTS + 2) + b"--b--\n")


def test_header_lines_and_bytes_are_capped() -> None:
    assert len(header_of(b"a: b\n" * (MOST_FIELDS - 1) + b"\nx")) == MOST_FIELDS - 1
    with pytest.raises(Odd, match="lines"):
        header_of(b"a: b\n" * (MOST_FIELDS + 1) + b"\nx")
    with pytest.raises(Odd, match="bytes"):
        header_of(b"a: " + b"b" * MOST_HEADER + b"\n\nx")


def test_the_top_of_any_header_can_be_looked_at() -> None:
    top = top_of(b"From: a@b.example\n" + b"a: b\n" * 1_000_000)
    assert top["From"] == "a@b.example"
    assert len(top) <= MOST_FIELDS
    assert top_of(b"")["From"] is None


@pytest.mark.parametrize("ending", [b"", b"\n--b\n\nsecond", b"\n-- b--\n", b"\n--b-\n"])
def test_a_multipart_without_its_end_is_refused(ending: bytes) -> None:
    with pytest.raises(Odd, match="cut off"):
        parts_of(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst" + ending)


@pytest.mark.parametrize(
    "parameter",
    ["x=y", "boundary=", 'boundary=""', f'boundary="{"b" * 71}"', "boundary*=a%00b''%ff%fe"],
)
def test_a_boundary_that_is_none_is_refused(parameter: str) -> None:
    with pytest.raises(Odd, match="without a boundary"):
        parts_of(f"Content-Type: multipart/mixed; {parameter}\n\n--b\n\nx\n--b--\n".encode())


def test_a_boundary_is_a_whole_line_and_no_pattern() -> None:
    body = b"--a.c\n\n--abc\n--a.cd\n--a.c  \n\nx\n--a.c--\n"
    mail = b'Content-Type: multipart/mixed; boundary="a.c"\n\n' + body
    assert [one.body for one in parts_of(mail)] == [b"--abc\n--a.cd", b"x"]


@pytest.mark.parametrize(
    ("body", "encoding", "data"),
    [
        (b"c3Rh\r\ndGVt\n ZW50", "BASE64 ", b"statement"),
        (b"a=3D=\nb", "quoted-printable", b"a=b"),
        (b"a\x00b", "binary", b"a\x00b"),
        (b"plain", "", b"plain"),
    ],
)
def test_each_encoding_is_undone(body: bytes, encoding: str, data: bytes) -> None:
    assert part(body, encoding).content(100) == data


@pytest.mark.parametrize(
    ("body", "encoding", "why"),
    [
        (b"c3Rh*GVt", "base64", "damaged"),
        (b"c3Rh****", "base64", "damaged"),  # else three bytes would be read
        (b"c3Rh\xffGVt", "base64", "damaged"),
        (b"c3R", "base64", "damaged"),
        (b"x", "x-uuencode", "unknown encoding"),
    ],
)
def test_what_can_not_be_decoded_is_refused_and_not_guessed(
    body: bytes, encoding: str, why: str
) -> None:
    with pytest.raises(Odd, match=why):
        part(body, encoding).content(100)


@pytest.mark.parametrize("encoding", ["base64", "7bit", "quoted-printable"])
def test_content_is_capped(encoding: str) -> None:
    assert len(part(b"QUFB" * 25, encoding).content(100)) <= 100
    with pytest.raises(Odd, match="larger"):
        part(b"QUFB" * 50, encoding).content(100)
    with pytest.raises(Odd, match="larger"):
        part(b"Q" * 1_000_000, encoding).content(100)


def test_a_forwarded_mail_is_one_part_and_is_not_opened() -> None:
    mail = b"Content-Type: message/rfc822\n\n" + flat(3)
    assert [one.kind for one in parts_of(mail)] == ["message/rfc822"]


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.sampled_from([b"\n", b"\r\n"]))
def test_what_the_standard_library_writes_is_read_back(data: list[bytes], ending: bytes) -> None:
    message = EmailMessage(policy=email.policy.SMTP)
    message.set_content("x\n")
    for number, one in enumerate(data):
        message.add_attachment(
            one, maintype="application", subtype="jose", filename=f"{number}.jws"
        )
    found = parts_of(message.as_bytes().replace(b"\r\n", ending))[1:]
    assert [one.content(300) for one in found] == data
    assert [one.file_name for one in found] == [f"{number}.jws" for number in range(len(data))]


@settings(max_examples=150)
@given(st.binary(max_size=400), st.binary(max_size=40), st.integers(0, 500))
def test_any_bytes_end_in_parts_or_in_odd(data: bytes, inserted: bytes, at: int) -> None:
    whole = nested(2) + data
    for mail in (data, whole[:at] + inserted + whole[at:]):
        top_of(mail)
        try:
            for one in parts_of(mail):
                assert isinstance(one.content(1000), bytes)
                assert isinstance(one.file_name + one.kind, str)
        except Odd as odd:
            assert str(odd)
