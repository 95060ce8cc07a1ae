"""Strict JSON:

what is written is canonical, what is read has one meaning only (RFC 8785, threats.md E15).
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.canonical import MAX_INT, decode, digest, encode, is_digest
from gateway.domain.errors import NotVerified

names = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=8)
scalars = (
    st.booleans()
    | st.integers(-MAX_INT, MAX_INT)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
)


@given(st.dictionaries(names, values, max_size=5))
def test_what_is_written_reads_back_to_the_same_bytes(document: dict[str, object]) -> None:
    data = encode(document)
    assert encode(decode(data, what="a document")) == data


def test_members_are_sorted_and_nothing_is_spaced() -> None:
    assert (
        encode({"b": [1, True], "a": {"d": "é", "c": ""}})
        == '{"a":{"c":"","d":"é"},"b":[1,true]}'.encode()
    )


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1.5}',
        b'{"a":1e3}',
        b'{"a":null}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":9007199254740992}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b'{"\xc3\xa9":1}',
        b"[1]",
        b'"a"',
        b"{} {}",
        b"",
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_a_document_with_two_meanings_or_none_is_refused(data: bytes) -> None:
    with pytest.raises(NotVerified) as caught:
        decode(data, what="the file")
    assert caught.value.reason == "malformed"
    assert "the file" in str(caught.value)


@pytest.mark.parametrize("value", [None, 1.5, float("nan"), 2**53, b"x", "\ud800"])
def test_what_the_subset_has_no_form_for_is_never_written(value: object) -> None:
    with pytest.raises(ValueError):
        encode({"a": value})


def test_an_error_never_quotes_the_document() -> None:
    with pytest.raises(NotVerified) as caught:
        decode(b'{"a":"62870000001", oops}', what="the file")
    assert "62870000001" not in str(caught.value)


def test_a_digest_has_one_form() -> None:
    good = digest(b"")
    assert good == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert is_digest(good)
    assert not any(
        map(is_digest, [good.upper(), good[:-1], "sha1:" + good[7:], good + "0", 7, None])
    )
